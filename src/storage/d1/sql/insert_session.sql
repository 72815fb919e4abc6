-- Stores a session without a contact, or with the contact named by id; nothing if that
-- contact does not exist, another request has reserved the idempotency key, or the
-- caller's token is revoked.
-- The ticket number follows the organization's last one, which a trigger keeps within
-- this statement.
-- ?1 organization, ?2 session, ?3 contact, ?4 channel, ?5 verified, ?6 custom_data,
-- ?7 now, ?8 idempotency key, ?9 epoch of the caller's token
INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms)
SELECT ?1, ?2, ?3, ?4, ?5, ?6,
  coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0) + 1,
  ?7, ?7
WHERE (?3 IS NULL OR EXISTS
    (SELECT 1 FROM contacts
     WHERE organization = ?1 AND id = ?3 AND (?9 IS NULL OR token_epoch = ?9)))
  AND (?8 IS NULL OR ?2 =
    (SELECT session_id FROM idempotency_keys WHERE organization = ?1 AND key = ?8))
