-- Stores and returns the place where the next batch continues, once this one has deleted
-- what it could of the sessions that follow ?2, ?3 and ?4, of those that were last changed
-- before ?6: before the first closed one among the next ?5, which still has entries or was
-- not examined; behind the ?5 if all are open; and the beginning, '', if fewer follow.
-- Every organization with a session has a counter, and every closed session has been
-- changed. An id without its last character comes before the id, and before few others.
-- ?1 task, ?2 organization, ?3 time of the last change, ?4 session
INSERT INTO cleanup_positions (task, organization, changed_at_ms, id)
SELECT ?1, coalesce(last.organization, ''), coalesce(last.updated_at_ms, 0),
  coalesce(last.id, '')
FROM (SELECT 1) LEFT JOIN
  (SELECT organization, updated_at_ms,
     iif(status = 'open', id, substr(id, 1, length(id) - 1)) AS id
   FROM
    (SELECT s.organization, s.updated_at_ms, s.id, s.status,
       row_number() OVER (ORDER BY t.organization, s.updated_at_ms, s.id) AS number
     FROM ticket_counters AS t
       CROSS JOIN sessions AS s INDEXED BY sessions_by_change
         ON s.organization = t.organization
     WHERE t.organization >= ?2
       AND (s.updated_at_ms, s.id) >
         (iif(t.organization = ?2, ?3, 0), iif(t.organization = ?2, ?4, ''))
       AND s.updated_at_ms < ?6 AND s.updated_at_ms > s.created_at_ms
     ORDER BY t.organization, s.updated_at_ms, s.id LIMIT ?5) AS examined
   WHERE status <> 'open' OR number = ?5
   ORDER BY number LIMIT 1) AS last ON TRUE
WHERE TRUE
ON CONFLICT (task) DO UPDATE SET organization = excluded.organization,
  changed_at_ms = excluded.changed_at_ms, id = excluded.id
RETURNING organization, changed_at_ms, id
