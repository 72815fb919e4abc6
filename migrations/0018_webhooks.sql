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
  -- As its owner has it, since it has to sign.
  secret            TEXT NOT NULL,
  -- A JSON array of those before it that sign too: {"secret", "until_ms"}.
  previous_secrets  TEXT NOT NULL DEFAULT '[]',
  -- When the first try failed after the last success.
  failing_since_ms  INTEGER,
  created_at_ms     INTEGER NOT NULL,
  updated_at_ms     INTEGER NOT NULL,
  PRIMARY KEY (organization, id)
) WITHOUT ROWID;
