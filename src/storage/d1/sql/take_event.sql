-- Takes an event that is due at ?6, or that waits in the queue, until ?7: nothing if somebody
-- else has.
-- ?1 organization, ?2 endpoint, ?3 time of the event, ?4 its subject, ?5 its seq
UPDATE webhook_events SET next_at_ms = ?7, is_queued = 0
WHERE organization = ?1 AND webhook_id = ?2 AND created_at_ms = ?3 AND subject_id = ?4
  AND seq = ?5 AND (next_at_ms = ?6 OR is_queued = 1)
