-- Stores a verified session that can be resumed, unless the contact has one on this
-- channel; and nothing if there is no such contact, another request has reserved the
-- key, or the caller's token is revoked.
-- ?1 organization, ?2 contact named by id, ?3 identity of a described one, ?4 channel,
-- ?5 idempotency key, ?6 session, ?7 custom_data, ?8 now, ?9 epoch of the caller's token,
-- ?10 by a visitor, ?11 size of the body, ?12 quota of sessions, ?13 quota of bytes,
-- ?14 name that nobody vouches for
INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, is_resumable, idempotency_key,
  is_of_visitor, body_bytes, given_name)
SELECT ?1, ?6, id, ?4, 1, ?7,
  max(
    coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0),
    coalesce((SELECT max(ticket_number) FROM sessions INDEXED BY sessions_by_ticket_number
      WHERE organization = ?1), 0)) + 1,
  ?8, ?8, 1, ?5, ?10,
  -- NULL beyond the quota of the day: a trigger then fails the whole batch.
  (SELECT iif(total(iif(?10, visitor_sessions, other_sessions)) < ?12
      AND total(iif(?10, visitor_bytes, other_bytes)) + ?11 <= ?13, ?11, NULL)
   FROM ticket_counters WHERE organization = ?1 AND day >= CAST(?8 AS INTEGER) / 86400000),
  ?14
FROM contacts
WHERE organization = ?1
  AND id = coalesce(?2, (SELECT id FROM contacts WHERE organization = ?1 AND identity = ?3))
  AND (?9 IS NULL OR token_epoch = ?9)
  AND (?5 IS NULL OR ?6 =
    (SELECT session_id FROM idempotency_keys WHERE organization = ?1 AND key = ?5))
  AND NOT EXISTS
    (SELECT 1 FROM sessions AS open INDEXED BY sessions_by_open_channel
     WHERE open.organization = ?1 AND open.contact_id = contacts.id
       AND open.channel = ?4 AND open.verified = 1 AND open.status = 'open')
