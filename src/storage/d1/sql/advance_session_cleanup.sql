-- Stores and returns the place behind the ?5 sessions that follow ?2, ?3 and ?4, of those
-- that were last changed before ?6; the beginning, '', if fewer follow.
-- Every organization with a session has a counter, and every closed session has been
-- changed.
-- ?1 task, ?2 organization, ?3 time of the last change, ?4 session
INSERT INTO cleanup_positions (task, organization, changed_at_ms, id)
SELECT ?1, coalesce(last.organization, ''), coalesce(last.updated_at_ms, 0),
  coalesce(last.id, '')
FROM (SELECT 1) LEFT JOIN
  (SELECT s.organization, s.updated_at_ms, s.id
   FROM ticket_counters AS t
     CROSS JOIN sessions AS s INDEXED BY sessions_by_change ON s.organization = t.organization
   WHERE t.organization >= ?2
     AND (s.updated_at_ms, s.id) >
       (iif(t.organization = ?2, ?3, 0), iif(t.organization = ?2, ?4, ''))
     AND s.updated_at_ms < ?6 AND s.updated_at_ms > s.created_at_ms
   ORDER BY t.organization, s.updated_at_ms, s.id LIMIT 1 OFFSET ?5 - 1) AS last ON TRUE
WHERE TRUE
ON CONFLICT (task) DO UPDATE SET organization = excluded.organization,
  changed_at_ms = excluded.changed_at_ms, id = excluded.id
RETURNING organization, changed_at_ms, id
