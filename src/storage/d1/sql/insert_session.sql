-- Stores a session without a contact, or with the contact named by id; nothing if that
-- contact does not exist, another request has reserved the idempotency key, or the
-- caller's token is revoked.
-- The ticket number follows the organization's last one: of the counter, which a trigger
-- keeps within this statement and which knows removed sessions, and of those stored. On
-- a database that does not hold numbers unique the statement fails.
-- ?1 organization, ?2 session, ?3 contact, ?4 channel, ?5 verified, ?6 custom_data,
-- ?7 now, ?8 idempotency key, ?9 epoch of the caller's token, ?10 by a visitor, ?11 size of
-- the body, ?12 quota of sessions, ?13 quota of bytes, ?14 visitor, ?15 name that nobody
-- vouches for
INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, idempotency_key, is_of_visitor, body_bytes,
  visitor_id, given_name)
SELECT ?1, ?2, ?3, ?4, ?5, ?6,
  max(
    coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0),
    coalesce((SELECT max(ticket_number) FROM sessions INDEXED BY sessions_by_ticket_number
      WHERE organization = ?1), 0)) + 1,
  ?7, ?7, ?8, ?10,
  -- NULL beyond the quota of the day: a trigger then fails the whole batch.
  (SELECT iif(total(iif(?10, visitor_sessions, other_sessions)) < ?12
      AND total(iif(?10, visitor_bytes, other_bytes)) + ?11 <= ?13, ?11, NULL)
   FROM ticket_counters WHERE organization = ?1 AND day >= CAST(?7 AS INTEGER) / 86400000),
  ?14, ?15
WHERE (?3 IS NULL OR EXISTS
    (SELECT 1 FROM contacts
     WHERE organization = ?1 AND id = ?3 AND (?9 IS NULL OR token_epoch = ?9)))
  AND (?8 IS NULL OR ?2 =
    (SELECT session_id FROM idempotency_keys WHERE organization = ?1 AND key = ?8))
