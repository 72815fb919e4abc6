-- Puts into the outbox that a session was created: nothing if this transaction has not
-- stored it. Without an endpoint it writes no row.
-- ?1 organization, ?2 session, ?3 when somebody else may take it
INSERT INTO webhook_events (organization, webhook_id, created_at_ms, subject_id, seq, type,
  next_at_ms)
SELECT ?1, w.id, s.created_at_ms, ?2, 0, 'session.created', ?3
FROM webhooks AS w
  CROSS JOIN sessions AS s
WHERE w.organization = ?1 AND w.status = 'enabled'
  AND (w.events = '["*"]' OR instr(w.events, '"session.created"'))
  AND s.organization = ?1 AND s.id = ?2
RETURNING webhook_id, created_at_ms, subject_id, seq, next_at_ms
