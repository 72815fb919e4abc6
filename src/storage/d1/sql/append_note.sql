-- Appends a note to a session's log. Nothing if the log has its id or no room, or the caller's
-- token is revoked.
-- ?1 organization, ?2 session, ?3 note, ?4 agent's id, ?5 agent's name, ?6 avatar URL,
-- ?7 text, ?8 hash of it, ?9 now, ?10 limit of the log, ?11 agent of the caller's token,
-- ?12 when it was signed
INSERT INTO entries (organization, session_id, seq, id, event, author, agent_id, agent_name,
  avatar_url, text, content_hash, created_at_ms)
SELECT ?1, ?2, last_seq + 1, ?3, 'note', 'agent', ?4, ?5, ?6, ?7, ?8,
  max(?9, coalesce((SELECT created_at_ms FROM entries
    WHERE organization = ?1 AND session_id = ?2 AND seq = s.last_seq), 0))
FROM sessions AS s
WHERE organization = ?1 AND id = ?2 AND last_seq < ?10
  AND NOT EXISTS
    (SELECT 1 FROM entries WHERE organization = ?1 AND session_id = ?2 AND id = ?3)
  AND (?11 IS NULL OR NOT EXISTS
    (SELECT 1 FROM agent_revocations AS ended
     WHERE ended.organization = ?1 AND agent_id = ?11 AND revoked_at_ms >= ?12))
