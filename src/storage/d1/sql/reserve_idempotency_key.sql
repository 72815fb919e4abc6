-- Reserves an idempotency key, unless it is taken, the named contact does not exist, or
-- the caller's token is revoked.
-- ?1 organization, ?2 key, ?3 hash of the request, ?4 session, ?5 now, ?6 named contact,
-- ?7 epoch of the caller's token
INSERT INTO idempotency_keys (organization, key, fingerprint, session_id, created_at_ms)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE ?6 IS NULL OR EXISTS
  (SELECT 1 FROM contacts
   WHERE organization = ?1 AND id = ?6 AND (?7 IS NULL OR token_epoch = ?7))
ON CONFLICT (organization, key) DO NOTHING
