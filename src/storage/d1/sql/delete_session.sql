-- Deletes the session, once it has neither an entry nor a key that resumed it.
-- ?1 organization, ?2 session
DELETE FROM sessions WHERE organization = ?1 AND id = ?2
  AND NOT EXISTS (SELECT 1 FROM entries WHERE organization = ?1 AND session_id = ?2)
  AND NOT EXISTS
    (SELECT 1 FROM idempotency_keys INDEXED BY idempotency_keys_of_resumed
     WHERE organization = ?1 AND session_id = ?2 AND is_resumed = 1)
