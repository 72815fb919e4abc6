-- Deletes sessions that were closed before ?1, at most ?2 of them. Every organization
-- with a session has a counter, and every closed session has been changed.
DELETE FROM sessions WHERE (organization, id) IN
  (SELECT s.organization, s.id
   FROM ticket_counters AS t
     CROSS JOIN sessions AS s INDEXED BY sessions_by_change ON s.organization = t.organization
   WHERE s.updated_at_ms < ?1 AND s.updated_at_ms > s.created_at_ms AND s.status <> 'open'
   LIMIT ?2)
