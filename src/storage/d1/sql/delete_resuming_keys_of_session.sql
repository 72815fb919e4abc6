-- Deletes idempotency keys that resumed the session, at most ?3 of them.
-- ?1 organization, ?2 session
DELETE FROM idempotency_keys WHERE organization = ?1 AND key IN
  (SELECT key FROM idempotency_keys INDEXED BY idempotency_keys_of_resumed
   WHERE organization = ?1 AND session_id = ?2 AND is_resumed = 1 LIMIT ?3)
