-- Deletes ?2 events, of all endpoints, that are older than ?1.
WITH RECURSIVE endpoint (organization, webhook_id) AS (
  SELECT * FROM
    (SELECT organization, webhook_id FROM webhook_events WHERE organization > ''
     ORDER BY organization, webhook_id LIMIT 1)
  UNION ALL
  SELECT next.organization, next.webhook_id
  FROM endpoint AS last CROSS JOIN webhook_events AS next
  WHERE (next.organization, next.webhook_id, next.created_at_ms, next.subject_id, next.seq) =
    (SELECT n.organization, n.webhook_id, n.created_at_ms, n.subject_id, n.seq
     FROM webhook_events AS n
     WHERE (n.organization, n.webhook_id) > (last.organization, last.webhook_id)
     ORDER BY n.organization, n.webhook_id LIMIT 1))
DELETE FROM webhook_events
WHERE (organization, webhook_id, created_at_ms, subject_id, seq) IN
  (SELECT e.organization, e.webhook_id, e.created_at_ms, e.subject_id, e.seq
   FROM endpoint CROSS JOIN webhook_events AS e
   WHERE e.organization = endpoint.organization AND e.webhook_id = endpoint.webhook_id
     AND e.created_at_ms < ?1
   LIMIT ?2)
