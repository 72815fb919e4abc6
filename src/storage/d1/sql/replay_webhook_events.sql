-- Makes the oldest ?7 events of an endpoint behind the one at ?3, ?4, ?5 due again: those
-- that have arrived or were given up, and those that wait for a try later than ?6.
-- ?1 organization, ?2 endpoint, ?8 a time that a sweep takes for late
UPDATE webhook_events SET next_at_ms = min(created_at_ms, ?8), attempts = 0
WHERE (organization, webhook_id, created_at_ms, subject_id, seq) IN
  (SELECT organization, webhook_id, created_at_ms, subject_id, seq
   FROM webhook_events
   WHERE organization = ?1 AND webhook_id = ?2
     AND (created_at_ms, subject_id, seq) > (?3, ?4, ?5)
     AND (next_at_ms IS NULL OR next_at_ms > ?6)
   ORDER BY created_at_ms, subject_id, seq LIMIT ?7)
RETURNING created_at_ms, subject_id, seq
