-- The endpoints that an organization's events are sent to.
CREATE TABLE webhooks (
  organization      TEXT NOT NULL,
  id                TEXT NOT NULL,
  url               TEXT NOT NULL,
  -- A JSON array of names of events, in one order; ["*"] is all.
  events            TEXT NOT NULL,
  description       TEXT,
  -- 'standard', 'opencx'
  format            TEXT NOT NULL,
  -- 'enabled', 'disabled'
  status            TEXT NOT NULL DEFAULT 'enabled',
  disabled_reason   TEXT,
  -- As its owner has it, since it has to sign; and the one before, until it ends.
  secret            TEXT NOT NULL,
  previous_secret   TEXT,
  previous_until_ms INTEGER,
  -- When the first try failed after the last success.
  failing_since_ms  INTEGER,
  created_at_ms     INTEGER NOT NULL,
  updated_at_ms     INTEGER NOT NULL,
  PRIMARY KEY (organization, id)
) WITHOUT ROWID;
