-- Stores when a session of its contact was removed, if delete_session.sql is about to do so.
-- ?1 organization, ?2 session, ?3 now
UPDATE contacts SET last_session_removed_at_ms = ?3
WHERE organization = ?1
  AND id = (SELECT contact_id FROM sessions WHERE organization = ?1 AND id = ?2)
  AND NOT EXISTS (SELECT 1 FROM entries WHERE organization = ?1 AND session_id = ?2)
  AND NOT EXISTS
    (SELECT 1 FROM idempotency_keys INDEXED BY idempotency_keys_of_resumed
     WHERE organization = ?1 AND session_id = ?2 AND is_resumed = 1)
