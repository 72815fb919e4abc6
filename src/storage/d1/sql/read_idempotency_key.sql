-- ?1 organization, ?2 key
SELECT fingerprint AS request_hash, session_id, is_resumed FROM idempotency_keys
WHERE organization = ?1 AND key = ?2
