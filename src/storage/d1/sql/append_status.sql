-- Appends the change of a session's status to its log; nothing if it has that status, or
-- has changed since ?6.
-- ?1 organization, ?2 session, ?3 entry, ?4 status, ?5 now, ?6 time of the last change seen
INSERT INTO entries (organization, session_id, seq, id, event, author, detail, created_at_ms)
SELECT ?1, ?2, last_seq + 1, ?3, iif(?4 = 'open', 'session_reopened', 'session_closed'),
  'agent', iif(?4 = 'open', NULL, ?4),
  max(?5, coalesce((SELECT created_at_ms FROM entries
    WHERE organization = ?1 AND session_id = ?2 AND seq = s.last_seq), 0))
FROM sessions AS s
WHERE organization = ?1 AND id = ?2 AND status <> ?4 AND (?6 IS NULL OR updated_at_ms = ?6)
