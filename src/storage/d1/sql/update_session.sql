-- Changes a session's status, unless it has changed since ?5. Every change advances its
-- time, even within one millisecond. A closed session is never resumable again: another
-- one may be when it reopens. The log has an entry for another status.
-- ?1 organization, ?2 session, ?3 status, ?4 now, ?5 time of the last change seen
UPDATE sessions SET status = ?3, updated_at_ms = max(?4, updated_at_ms + 1),
  is_resumable = iif(?3 = 'open', is_resumable, 0), last_seq = last_seq + (status <> ?3)
WHERE organization = ?1 AND id = ?2 AND (?5 IS NULL OR updated_at_ms = ?5)
