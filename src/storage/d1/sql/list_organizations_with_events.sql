-- Lists the organizations after ?1 with events that were due at ?2: each organization with
-- events that have not been settled is two steps in the index.
WITH RECURSIVE waiting (organization) AS (
  SELECT min(organization) FROM webhook_events INDEXED BY webhook_events_by_due_time
  WHERE next_at_ms IS NOT NULL AND organization > ?1
  UNION ALL
  SELECT
    (SELECT min(e.organization) FROM webhook_events AS e INDEXED BY webhook_events_by_due_time
     WHERE e.next_at_ms IS NOT NULL AND e.organization > waiting.organization)
  FROM waiting WHERE organization IS NOT NULL)
SELECT organization FROM waiting
WHERE organization IS NOT NULL AND EXISTS
  (SELECT 1 FROM webhook_events AS e INDEXED BY webhook_events_by_due_time
   WHERE e.organization = waiting.organization AND e.next_at_ms <= ?2)
LIMIT ?3
