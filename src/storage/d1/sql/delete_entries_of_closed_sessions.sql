-- Deletes at most ?4 entries of the closed ones among the ?4 sessions that follow ?1, ?2
-- and ?3, of those that were last changed before ?5; the oldest of each first: the
-- condition on seq makes the planner read them in that order.
-- ?1 organization, ?2 time of the last change, ?3 session
DELETE FROM entries WHERE (organization, session_id, seq) IN
  (SELECT e.organization, e.session_id, e.seq FROM
    (SELECT s.organization, s.id, s.status
     FROM ticket_counters AS t
       CROSS JOIN sessions AS s INDEXED BY sessions_by_change
         ON s.organization = t.organization
     WHERE t.organization >= ?1
       AND (s.updated_at_ms, s.id) >
         (iif(t.organization = ?1, ?2, 0), iif(t.organization = ?1, ?3, ''))
       AND s.updated_at_ms < ?5 AND s.updated_at_ms > s.created_at_ms
     ORDER BY t.organization, s.updated_at_ms, s.id LIMIT ?4) AS examined
   CROSS JOIN entries AS e
     ON e.organization = examined.organization AND e.session_id = examined.id
   WHERE examined.status <> 'open' AND e.seq > 0 LIMIT ?4)
