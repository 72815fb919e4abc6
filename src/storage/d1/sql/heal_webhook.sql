-- Stores that an endpoint works; nothing if it did.
-- ?1 organization, ?2 endpoint
UPDATE webhooks SET failing_since_ms = NULL
WHERE organization = ?1 AND id = ?2 AND failing_since_ms IS NOT NULL
