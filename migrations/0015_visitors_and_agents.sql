-- The visitor whose token opened a session: nobody has vouched for one, so all of these
-- are unverified. A visitor's own list and the session that a visitor resumes on a channel
-- are found at once. Other sessions cost no entry.
ALTER TABLE sessions ADD COLUMN visitor_id TEXT;
CREATE INDEX sessions_by_visitor ON sessions (organization, visitor_id, id)
  WHERE verified = 0 AND visitor_id IS NOT NULL;
CREATE INDEX sessions_by_open_channel_of_visitor
  ON sessions (organization, visitor_id, channel, id)
  WHERE verified = 0 AND status = 'open' AND visitor_id IS NOT NULL;

-- When the tokens of an agent were last revoked. Agents are not stored otherwise. A row is
-- removed once every token that it ends has expired: the index finds those.
CREATE TABLE agent_revocations (
  organization  TEXT NOT NULL,
  agent_id      TEXT NOT NULL,
  revoked_at_ms INTEGER NOT NULL,
  PRIMARY KEY (organization, agent_id)
) WITHOUT ROWID;
CREATE INDEX agent_revocations_by_time ON agent_revocations (organization, revoked_at_ms);
