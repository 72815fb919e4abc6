-- Deletes keys created before ?1, at most ?2 of them.
DELETE FROM idempotency_keys WHERE (organization, key) IN
  (SELECT organization, key FROM idempotency_keys WHERE created_at_ms < ?1 LIMIT ?2)
