-- Puts into the outbox the entries of a log that its session is not up to yet: those which
-- this transaction has appended. Without an endpoint it writes no row. OpenCX's clients get
-- what OpenCX sends: that a session was closed.
-- ?1 organization, ?2 session, ?3 when somebody else may take them
INSERT INTO webhook_events (organization, webhook_id, created_at_ms, subject_id, seq, type,
  next_at_ms)
SELECT ?1, w.id, e.created_at_ms, ?2, e.seq,
  iif(e.event = 'message', 'message.created', 'session.updated'), ?3
FROM webhooks AS w
  CROSS JOIN sessions AS s
  CROSS JOIN entries AS e
WHERE w.organization = ?1 AND w.status = 'enabled'
  AND s.organization = ?1 AND s.id = ?2
  AND e.organization = ?1 AND e.session_id = ?2 AND e.seq > s.last_seq
  AND (
    (e.event = 'message' AND w.format = 'standard'
      AND (w.events = '["*"]' OR instr(w.events, '"message.created"')))
    OR (e.event IN ('session_closed', 'session_reopened', 'handoff', 'redacted')
      AND (w.format = 'standard' OR e.event = 'session_closed')
      AND (w.events = '["*"]' OR instr(w.events, '"session.updated"'))))
RETURNING webhook_id, created_at_ms, subject_id, seq, next_at_ms
