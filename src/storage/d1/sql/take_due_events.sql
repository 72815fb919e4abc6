-- Passes events of an organization to the queue that have been due for longest, until ?3:
-- those that somebody took and has not settled, too. At most ?4, and as many as bring those
-- that the queue has to ?5.
-- ?1 organization, ?2 the latest time that is due
UPDATE webhook_events SET next_at_ms = ?3, is_queued = 1
WHERE (organization, webhook_id, created_at_ms, subject_id, seq) IN
  (SELECT organization, webhook_id, created_at_ms, subject_id, seq
   FROM webhook_events INDEXED BY webhook_events_by_due_time
   WHERE organization = ?1 AND next_at_ms <= ?2 ORDER BY next_at_ms
   LIMIT min(?4, ?5 - (SELECT count(*) FROM
     (SELECT 1 FROM webhook_events INDEXED BY webhook_events_queued
      WHERE organization = ?1 AND is_queued = 1 AND next_at_ms > ?2 LIMIT ?5))))
RETURNING webhook_id, created_at_ms, subject_id, seq, next_at_ms
