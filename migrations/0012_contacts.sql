-- The key that a session was created with, so that removing a person finds it: no row
-- more for a create. An older Worker does not write it until it is replaced; such a key
-- is left to the cleanup, which removes it within 27 hours.
ALTER TABLE sessions ADD COLUMN idempotency_key TEXT;
UPDATE sessions SET idempotency_key = keys.key
  FROM idempotency_keys AS keys
  WHERE keys.is_resumed = 0
    AND sessions.organization = keys.organization AND sessions.id = keys.session_id;
-- And the keys that resumed a session: a row more for each of those only.
CREATE INDEX idempotency_keys_of_resumed
  ON idempotency_keys (organization, session_id) WHERE is_resumed = 1;

-- The session that a person resumes on a channel, found at once however many they have,
-- and however many strangers have opened with their email: a row more for each verified
-- session of a contact.
CREATE INDEX sessions_by_open_channel ON sessions (organization, contact_id, channel, id)
  WHERE verified = 1 AND status = 'open' AND contact_id IS NOT NULL;

-- The planner's only statistics: an organization has very many sessions. Without it, the
-- check of the foreign key takes the primary key when a contact is deleted, and reads all
-- of the organization's sessions; no statement can name the index for that check.
-- The ANALYZE makes the table of statistics and reads next to nothing.
ANALYZE cleanup_positions;
DELETE FROM sqlite_stat1 WHERE tbl = 'sessions' AND idx = 'sessions';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('sessions', 'sessions', '1000000 100000 1');
ANALYZE sqlite_schema;
