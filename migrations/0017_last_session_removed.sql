-- When the last session of a contact was removed: where contacts without a session expire,
-- their days count from then. NULL where none has been removed since this migration.
ALTER TABLE contacts ADD COLUMN last_session_removed_at_ms INTEGER;
