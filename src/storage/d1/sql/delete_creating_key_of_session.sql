-- Deletes the idempotency key that the session was created with. It may have expired since,
-- and be another session's now.
-- ?1 organization, ?2 session
DELETE FROM idempotency_keys WHERE organization = ?1 AND session_id = ?2 AND key =
  (SELECT idempotency_key FROM sessions WHERE organization = ?1 AND id = ?2)
