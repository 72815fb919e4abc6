-- Every row carries its organization, and every statement names it.
-- All tables are clustered on their primary key (WITHOUT ROWID): one row
-- written per insert, and sessions, whose ids are UUIDv7, lie in order of time.

-- The number given to an organization's latest session.
CREATE TABLE ticket_counters (
  organization       TEXT PRIMARY KEY,
  last_ticket_number INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE contacts (
  organization             TEXT NOT NULL,
  id                       TEXT NOT NULL,
  -- 'email:…' or 'phone:…', normalised. NULL: nobody in particular.
  identity                 TEXT,
  email                    TEXT,
  phone_number             TEXT,
  -- What verified callers said.
  name                     TEXT,
  custom_data              TEXT NOT NULL,
  -- What everyone else said.
  non_verified_name        TEXT,
  non_verified_custom_data TEXT NOT NULL,
  -- When a verified caller first wrote it. NULL: never.
  verified_at_ms           INTEGER,
  created_at_ms            INTEGER NOT NULL,
  updated_at_ms            INTEGER NOT NULL,
  PRIMARY KEY (organization, id)
) WITHOUT ROWID;

-- One person, one contact: held here, so that any number of concurrent creates
-- for one identity end in one row. Contacts without identity cost no entry.
CREATE UNIQUE INDEX contacts_by_identity
  ON contacts (organization, identity) WHERE identity IS NOT NULL;

CREATE TABLE sessions (
  organization  TEXT NOT NULL,
  id            TEXT NOT NULL,
  contact_id    TEXT,
  channel       TEXT NOT NULL,
  status        TEXT NOT NULL DEFAULT 'open',
  verified      INTEGER NOT NULL,
  custom_data   TEXT NOT NULL,
  ticket_number INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (organization, id),
  FOREIGN KEY (organization, contact_id) REFERENCES contacts (organization, id)
) WITHOUT ROWID;
