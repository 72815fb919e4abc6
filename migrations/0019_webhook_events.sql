-- The outbox: an event for each endpoint that gets it, written in the transaction of what
-- it tells. It says where to read that, and has no copy: what is redacted or removed is not
-- sent any more. Rows lie in the order of time, and are kept for eight days.
CREATE TABLE webhook_events (
  organization  TEXT NOT NULL,
  webhook_id    TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  -- The session, with the seq of an entry or 0; or the contact, and 0.
  subject_id    TEXT NOT NULL,
  seq           INTEGER NOT NULL,
  -- 'message.created' and so on, or 'webhook.test'
  type          TEXT NOT NULL,
  -- Tries that were made, since the last replay.
  attempts      INTEGER NOT NULL DEFAULT 0,
  -- When somebody may take the event; NULL once it has arrived, or is given up. Whoever
  -- takes it moves this on.
  next_at_ms    INTEGER,
  -- 1 if a sweep has passed the event to the queue, and nobody has taken it since.
  is_queued     INTEGER NOT NULL DEFAULT 0,
  -- A JSON array of the last tries.
  tries         TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (organization, webhook_id, created_at_ms, subject_id, seq)
) WITHOUT ROWID;
CREATE INDEX webhook_events_by_due_time ON webhook_events (organization, next_at_ms)
  WHERE next_at_ms IS NOT NULL;
CREATE INDEX webhook_events_queued ON webhook_events (organization, next_at_ms)
  WHERE is_queued = 1;
