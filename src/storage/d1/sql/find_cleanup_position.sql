-- Reads the place where a task of the cleanup continues.
-- ?1 task
SELECT organization, changed_at_ms, id FROM cleanup_positions WHERE task = ?1
