-- What creates have stored on a day (days since 1970, UTC), for the quotas of an
-- organization: its visitors' creates apart from all others. A trigger counts in the row
-- that each create writes anyway.
ALTER TABLE ticket_counters ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket_counters ADD COLUMN visitor_sessions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket_counters ADD COLUMN visitor_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket_counters ADD COLUMN other_sessions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket_counters ADD COLUMN other_bytes INTEGER NOT NULL DEFAULT 0;

-- Whether a publishable key created the session, and the size of its request: for the
-- trigger, which sees nothing but the session.
ALTER TABLE sessions ADD COLUMN is_of_visitor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN body_bytes INTEGER NOT NULL DEFAULT 0;

-- The statement that stores a session leaves out the size beyond the quota.
CREATE TRIGGER sessions_within_quota BEFORE INSERT ON sessions WHEN NEW.body_bytes IS NULL
BEGIN
  SELECT RAISE(ABORT, 'quota_exceeded');
END;

DROP TRIGGER sessions_take_ticket_number;
CREATE TRIGGER sessions_take_ticket_number AFTER INSERT ON sessions
BEGIN
  INSERT INTO ticket_counters (organization, last_ticket_number, day, visitor_sessions,
    visitor_bytes, other_sessions, other_bytes)
  VALUES (NEW.organization, NEW.ticket_number, NEW.created_at_ms / 86400000,
    NEW.is_of_visitor, NEW.is_of_visitor * NEW.body_bytes,
    1 - NEW.is_of_visitor, (1 - NEW.is_of_visitor) * NEW.body_bytes)
  ON CONFLICT (organization) DO UPDATE SET
    last_ticket_number = max(last_ticket_number, excluded.last_ticket_number),
    day = max(day, excluded.day),
    visitor_sessions = excluded.visitor_sessions + iif(excluded.day > day, 0, visitor_sessions),
    visitor_bytes = excluded.visitor_bytes + iif(excluded.day > day, 0, visitor_bytes),
    other_sessions = excluded.other_sessions + iif(excluded.day > day, 0, other_sessions),
    other_bytes = excluded.other_bytes + iif(excluded.day > day, 0, other_bytes);
END;
