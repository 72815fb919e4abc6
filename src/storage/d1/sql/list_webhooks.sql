-- Reads the endpoints of the organization ?1, the oldest first.
SELECT id, url, events, description, format, status, disabled_reason, failing_since_ms,
  created_at_ms, updated_at_ms
FROM webhooks WHERE organization = ?1 ORDER BY id
