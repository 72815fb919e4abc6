-- Stores a session with the contact found by identity; nothing if another request has
-- reserved the idempotency key.
-- ?1 organization, ?2 session, ?3 identity, ?4 channel, ?5 verified, ?6 custom_data,
-- ?7 now, ?8 idempotency key, ?9 by a visitor, ?10 size of the body, ?11 quota of sessions,
-- ?12 quota of bytes, ?13 visitor, ?14 name that nobody vouches for
INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, idempotency_key, is_of_visitor, body_bytes,
  visitor_id, given_name)
SELECT ?1, ?2, id, ?4, ?5, ?6,
  max(
    coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0),
    coalesce((SELECT max(ticket_number) FROM sessions INDEXED BY sessions_by_ticket_number
      WHERE organization = ?1), 0)) + 1,
  ?7, ?7, ?8, ?9,
  -- NULL beyond the quota of the day: a trigger then fails the whole batch.
  (SELECT iif(total(iif(?9, visitor_sessions, other_sessions)) < ?11
      AND total(iif(?9, visitor_bytes, other_bytes)) + ?10 <= ?12, ?10, NULL)
   FROM ticket_counters WHERE organization = ?1 AND day >= CAST(?7 AS INTEGER) / 86400000),
  ?13, ?14
FROM contacts
WHERE organization = ?1 AND identity = ?3
  AND (?8 IS NULL OR ?2 =
    (SELECT session_id FROM idempotency_keys WHERE organization = ?1 AND key = ?8))
