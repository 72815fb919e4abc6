-- Lists the organizations with events that have not been settled, after ?1: each is one step
-- in the index.
WITH RECURSIVE due (organization) AS (
  SELECT min(organization) FROM webhook_events INDEXED BY webhook_events_by_due_time
  WHERE next_at_ms IS NOT NULL AND organization > ?1
  UNION ALL
  SELECT
    (SELECT min(e.organization) FROM webhook_events AS e INDEXED BY webhook_events_by_due_time
     WHERE e.next_at_ms IS NOT NULL AND e.organization > due.organization)
  FROM due WHERE organization IS NOT NULL)
SELECT organization FROM due WHERE organization IS NOT NULL LIMIT ?2
