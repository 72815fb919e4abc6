-- The newest ?6 events of an endpoint, before the one at ?3, ?4, ?5.
-- ?1 organization, ?2 endpoint
SELECT created_at_ms, subject_id, seq, type, next_at_ms, tries
FROM webhook_events
WHERE organization = ?1 AND webhook_id = ?2
  AND (created_at_ms, subject_id, seq) < (?3, ?4, ?5)
ORDER BY created_at_ms DESC, subject_id DESC, seq DESC LIMIT ?6
