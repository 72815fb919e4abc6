-- The name that an unverified caller gave for a session's contact. The contact has one such
-- name only, and whoever types its email next replaces it. NULL in older sessions, and
-- where none was given.
ALTER TABLE sessions ADD COLUMN given_name TEXT;
