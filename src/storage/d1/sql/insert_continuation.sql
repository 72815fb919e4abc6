-- Stores the session that continues a full one: with its contact and the name it
-- gave, visitor, channel and attributes; nothing if there is one already.
-- ?1 organization, ?2 full session, ?3 new session, ?4 now, ?5 limit of the log
INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, is_of_visitor, body_bytes, visitor_id,
  given_name)
SELECT ?1, ?3, full.contact_id, full.channel, full.verified, full.custom_data,
  max(
    coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0),
    coalesce((SELECT max(ticket_number) FROM sessions INDEXED BY sessions_by_ticket_number
      WHERE organization = ?1), 0)) + 1,
  ?4, ?4, full.is_of_visitor, 0, full.visitor_id, full.given_name
FROM sessions AS full
WHERE full.organization = ?1 AND full.id = ?2 AND full.last_seq + 1 + (full.status <> 'open') > ?5
  AND NOT EXISTS
    (SELECT 1 FROM sessions AS next
     WHERE next.organization = ?1 AND next.id = full.continued_in)
