-- Stores a session that can be resumed, unless the contact has one on this channel; and
-- nothing if there is no such contact, another request has reserved the key, or the
-- caller's token is revoked.
-- ?1 organization, ?2 contact named by id, ?3 identity of a described one, ?4 channel,
-- ?5 verified, ?6 idempotency key, ?7 session, ?8 custom_data, ?9 now, ?10 epoch of the
-- caller's token
INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, is_resumable)
SELECT ?1, ?7, id, ?4, ?5, ?8,
  coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0) + 1,
  ?9, ?9, 1
FROM contacts
WHERE organization = ?1
  AND id = coalesce(?2, (SELECT id FROM contacts WHERE organization = ?1 AND identity = ?3))
  AND (?10 IS NULL OR token_epoch = ?10)
  AND (?6 IS NULL OR ?7 =
    (SELECT session_id FROM idempotency_keys WHERE organization = ?1 AND key = ?6))
  AND NOT EXISTS
    (SELECT 1 FROM sessions AS open INDEXED BY sessions_by_contact
     WHERE open.organization = ?1 AND open.contact_id = contacts.id
       AND open.channel = ?4 AND open.verified = ?5 AND open.status = 'open')
