-- The place where the hourly cleanup continues, a row for each of its tasks. It goes
-- through a table in order, so that what it has to leave is not examined again and again.
-- Without a row, a task begins at the beginning.
CREATE TABLE cleanup_positions (
  task          TEXT PRIMARY KEY,
  -- The last row that was examined: its organization, the time of its last change where
  -- the order has it, and its id or key.
  organization  TEXT NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  id            TEXT NOT NULL
) WITHOUT ROWID;
