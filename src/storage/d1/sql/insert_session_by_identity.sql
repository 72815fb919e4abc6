-- Stores a session with the contact found by identity; nothing if another request has
-- reserved the idempotency key.
-- ?1 organization, ?2 session, ?3 identity, ?4 channel, ?5 verified, ?6 custom_data,
-- ?7 now, ?8 idempotency key
INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms)
SELECT ?1, ?2, id, ?4, ?5, ?6,
  max(
    coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0),
    coalesce((SELECT max(ticket_number) FROM sessions INDEXED BY sessions_by_ticket_number
      WHERE organization = ?1), 0)) + 1,
  ?7, ?7
FROM contacts
WHERE organization = ?1 AND identity = ?3
  AND (?8 IS NULL OR ?2 =
    (SELECT session_id FROM idempotency_keys WHERE organization = ?1 AND key = ?8))
