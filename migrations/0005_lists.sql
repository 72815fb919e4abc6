-- Lists with a status or a channel: one row more for each create, so that a page
-- costs what a page has, however few of an organization's sessions are on it.
CREATE INDEX sessions_by_status ON sessions (organization, status, channel, id);

-- Sessions that were changed after they were created: for asking what has
-- changed since, and for retention. The others are found by their ids, which
-- have the time, and cost no entry.
CREATE INDEX sessions_by_change
  ON sessions (organization, updated_at_ms) WHERE updated_at_ms > created_at_ms;
