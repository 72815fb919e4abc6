-- Deletes the closed ones without an entry among the ?4 sessions that follow ?1, ?2 and
-- ?3, of those that were last changed before ?5.
-- ?1 organization, ?2 time of the last change, ?3 session
DELETE FROM sessions WHERE (organization, id) IN
  (SELECT organization, id FROM
    (SELECT s.organization, s.id, s.status
     FROM ticket_counters AS t
       CROSS JOIN sessions AS s INDEXED BY sessions_by_change
         ON s.organization = t.organization
     WHERE t.organization >= ?1
       AND (s.updated_at_ms, s.id) >
         (iif(t.organization = ?1, ?2, 0), iif(t.organization = ?1, ?3, ''))
       AND s.updated_at_ms < ?5 AND s.updated_at_ms > s.created_at_ms
     ORDER BY t.organization, s.updated_at_ms, s.id LIMIT ?4) AS examined
   WHERE status <> 'open' AND NOT EXISTS
     (SELECT 1 FROM entries AS e
      WHERE e.organization = examined.organization AND e.session_id = examined.id))
