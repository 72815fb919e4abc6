-- Puts an event into the outbox that tests an endpoint.
-- ?1 organization, ?2 endpoint, ?3 random id, ?4 now, ?5 when somebody else may take it
INSERT INTO webhook_events (organization, webhook_id, created_at_ms, subject_id, seq, type,
  next_at_ms)
SELECT ?1, id, ?4, ?3, 0, 'webhook.test', ?5 FROM webhooks WHERE organization = ?1 AND id = ?2
RETURNING webhook_id, created_at_ms, subject_id, seq, next_at_ms
