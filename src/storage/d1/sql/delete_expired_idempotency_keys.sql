-- Deletes the keys created before ?4 among the ?3 that follow ?1 and ?2.
-- ?1 organization, ?2 key
DELETE FROM idempotency_keys WHERE (organization, key) IN
  (SELECT organization, key FROM
    (SELECT organization, key, created_at_ms FROM idempotency_keys
     WHERE (organization, key) > (?1, ?2)
     ORDER BY organization, key LIMIT ?3)
   WHERE created_at_ms < ?4)
