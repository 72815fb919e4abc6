-- A session that is stored has the number after its organization's last one, and
-- becomes the last one: by the database, so that a create need not say so with a
-- statement of its own. Numbers of sessions that are removed are never given again.
CREATE TRIGGER sessions_take_ticket_number AFTER INSERT ON sessions
BEGIN
  INSERT INTO ticket_counters (organization, last_ticket_number)
  VALUES (NEW.organization, NEW.ticket_number)
  ON CONFLICT (organization) DO UPDATE SET last_ticket_number = excluded.last_ticket_number
    -- An older Worker has counted already.
    WHERE excluded.last_ticket_number > last_ticket_number;
END;
