-- Changes a session's status, unless it has changed since ?5, or the caller's token is
-- revoked. Every change advances its time, even within one millisecond. A closed session is
-- never resumable again: another one may be when it reopens. The log has an entry for
-- another status.
-- ?1 organization, ?2 session, ?3 status, ?4 now, ?5 time of the last change seen,
-- ?6 agent of the caller's token, ?7 when it was signed
UPDATE sessions SET status = ?3, updated_at_ms = max(?4, updated_at_ms + 1),
  is_resumable = iif(?3 = 'open', is_resumable, 0), last_seq = last_seq + (status <> ?3)
WHERE organization = ?1 AND id = ?2 AND (?5 IS NULL OR updated_at_ms = ?5)
  AND (?6 IS NULL OR NOT EXISTS
    (SELECT 1 FROM agent_revocations AS ended
     WHERE ended.organization = ?1 AND agent_id = ?6 AND revoked_at_ms >= ?7))
