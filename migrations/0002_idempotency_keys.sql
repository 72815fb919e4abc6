-- A create that came with an Idempotency-Key, so that trying it again does not
-- do it again. Written in the transaction of its session.
-- No index by time: it would be a row written for every create, and D1 bills a
-- thousand rows read by the daily removal of old keys like one row written.
CREATE TABLE idempotency_keys (
  organization  TEXT NOT NULL,
  -- Behind the reach of the credential that sent it: 'secret:…'.
  key           TEXT NOT NULL,
  fingerprint   TEXT NOT NULL,
  session_id    TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (organization, key)
) WITHOUT ROWID;
