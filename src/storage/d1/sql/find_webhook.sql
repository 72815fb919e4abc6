-- Reads an endpoint.
-- ?1 organization, ?2 endpoint
SELECT id, url, events, description, format, status, disabled_reason, failing_since_ms,
  created_at_ms, updated_at_ms
FROM webhooks WHERE organization = ?1 AND id = ?2
