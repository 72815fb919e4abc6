-- A phone number from an unverified caller, in a column of its own, like the name.
ALTER TABLE contacts ADD COLUMN non_verified_phone_number TEXT;
-- Nobody has vouched for these contacts; a phone number that identifies one stays.
UPDATE contacts SET non_verified_phone_number = phone_number, phone_number = NULL
  WHERE verified_at_ms IS NULL AND email IS NOT NULL AND phone_number IS NOT NULL;

-- A person's own list has verified sessions only: a page of it costs what the page has,
-- however many sessions strangers have opened with that person's email.
DROP INDEX sessions_by_contact;
CREATE INDEX sessions_by_contact
  ON sessions (organization, contact_id, verified, id) WHERE contact_id IS NOT NULL;
