-- Appends the change of a session's status to its log; nothing if it has that status, has
-- changed since ?6, or the caller's token is revoked.
-- ?1 organization, ?2 session, ?3 entry, ?4 status, ?5 now, ?6 time of the last change seen,
-- ?7 agent of the caller's token, ?8 when it was signed
INSERT INTO entries (organization, session_id, seq, id, event, author, detail, created_at_ms)
SELECT ?1, ?2, last_seq + 1, ?3, iif(?4 = 'open', 'session_reopened', 'session_closed'),
  'agent', iif(?4 = 'open', NULL, ?4),
  max(?5, coalesce((SELECT created_at_ms FROM entries
    WHERE organization = ?1 AND session_id = ?2 AND seq = s.last_seq), 0))
FROM sessions AS s
WHERE organization = ?1 AND id = ?2 AND status <> ?4 AND (?6 IS NULL OR updated_at_ms = ?6)
  AND (?7 IS NULL OR NOT EXISTS
    (SELECT 1 FROM agent_revocations AS ended
     WHERE ended.organization = ?1 AND agent_id = ?7 AND revoked_at_ms >= ?8))
