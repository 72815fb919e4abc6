-- The session that a contact resumes on a channel, while it is open: there is
-- one at most, held here, however many ask at once. Creates that do not ask to
-- resume cost no entry.
ALTER TABLE sessions ADD COLUMN is_resumable INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX sessions_to_resume
  ON sessions (organization, contact_id, channel, verified) WHERE is_resumable = 1;

-- Whether the session under the key was resumed, and not created, by its request.
ALTER TABLE idempotency_keys ADD COLUMN is_resumed INTEGER NOT NULL DEFAULT 0;
