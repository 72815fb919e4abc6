-- The log of a session: every message, and every change that people see in the
-- conversation. Rows lie in the order of the log.
CREATE TABLE entries (
  organization  TEXT NOT NULL,
  session_id    TEXT NOT NULL,
  -- 1, 2, 3 … without a gap.
  seq           INTEGER NOT NULL,
  -- A message has its client's id, or one of the service.
  id            TEXT NOT NULL,
  -- 'message', 'session_closed', 'session_reopened', 'handoff', 'redacted'
  event         TEXT NOT NULL,
  -- Of a message its sender, of a handoff the assignee, otherwise the side that did it.
  author        TEXT NOT NULL,
  agent_id      TEXT,
  agent_name    TEXT,
  avatar_url    TEXT,
  -- Of a message, as it was sent; empty once it is redacted.
  text          TEXT NOT NULL DEFAULT '',
  attachments   TEXT NOT NULL DEFAULT '[]',
  -- SHA-256 of a message's author, text and attachments: a retry is the same message.
  content_hash  TEXT,
  -- Of 'session_closed' the status, of 'redacted' the seq of the message.
  detail        TEXT,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (organization, session_id, seq),
  -- No entry without its session, whatever version of the Worker removes one.
  FOREIGN KEY (organization, session_id) REFERENCES sessions (organization, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX entries_by_id ON entries (organization, session_id, id);

-- The state of the log, in the row that each message changes anyway.
ALTER TABLE sessions ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0;
-- The beginning of the last message, its seq, and its time.
ALTER TABLE sessions ADD COLUMN last_message TEXT;
ALTER TABLE sessions ADD COLUMN last_message_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN last_message_at_ms INTEGER;
-- The last entry that each side has read, and how many messages of the other it has not.
ALTER TABLE sessions ADD COLUMN read_by_contact INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN read_by_agent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN unread_by_contact INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN unread_by_agent INTEGER NOT NULL DEFAULT 0;
-- 'none', 'ai' or 'human'.
ALTER TABLE sessions ADD COLUMN assignee TEXT NOT NULL DEFAULT 'none';
ALTER TABLE sessions ADD COLUMN assignee_id TEXT;
ALTER TABLE sessions ADD COLUMN assignee_name TEXT;
ALTER TABLE sessions ADD COLUMN assignee_avatar_url TEXT;
-- Messages of tokens in the minute that began then: a limit that replays do not count to.
ALTER TABLE sessions ADD COLUMN minute_began_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN minute_messages INTEGER NOT NULL DEFAULT 0;
-- The session that a contact's messages go to since this one is full.
ALTER TABLE sessions ADD COLUMN continued_in TEXT;

-- Sessions in which somebody has written, the latest message first. Together with the
-- index of changes a message writes five rows.
CREATE INDEX sessions_by_activity ON sessions (organization, status, last_message_at_ms, id)
  WHERE last_message_at_ms IS NOT NULL;
