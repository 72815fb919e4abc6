-- Reads an event that is taken until ?6, and its endpoint.
-- ?1 organization, ?2 endpoint, ?3 time of the event, ?4 its subject, ?5 its seq
SELECT e.type, e.attempts, w.url, w.format, w.status, w.secret, w.previous_secrets
FROM webhook_events AS e
  LEFT JOIN webhooks AS w ON w.organization = ?1 AND w.id = ?2
WHERE e.organization = ?1 AND e.webhook_id = ?2 AND e.created_at_ms = ?3 AND e.subject_id = ?4
  AND e.seq = ?5 AND e.next_at_ms = ?6
