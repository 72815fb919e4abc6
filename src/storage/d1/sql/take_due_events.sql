-- Takes the ?4 events of an organization that have been due for longest, until ?3: those
-- that somebody took and has not settled, too.
-- ?1 organization, ?2 the latest time that is due
UPDATE webhook_events SET next_at_ms = ?3
WHERE (organization, webhook_id, created_at_ms, subject_id, seq) IN
  (SELECT organization, webhook_id, created_at_ms, subject_id, seq
   FROM webhook_events INDEXED BY webhook_events_by_due_time
   WHERE organization = ?1 AND next_at_ms <= ?2 ORDER BY next_at_ms LIMIT ?4)
RETURNING webhook_id, created_at_ms, subject_id, seq, next_at_ms
