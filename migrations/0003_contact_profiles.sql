-- What authenticate-user says about a contact beyond its name: verified, and
-- returned by the contact's export only.
ALTER TABLE contacts ADD COLUMN avatar_url TEXT;
ALTER TABLE contacts ADD COLUMN language TEXT;
