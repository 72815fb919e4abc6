-- A person's sessions: for their export, and for removing them with the person.
-- Sessions with nobody in particular cost no entry.
CREATE INDEX sessions_by_contact
  ON sessions (organization, contact_id, id) WHERE contact_id IS NOT NULL;
