-- Stores when sessions of their contacts were removed: of those that
-- delete_closed_sessions.sql is about to remove.
-- ?1 organization, ?2 time of the last change, ?3 session, ?4 limit, ?5 time of expiry,
-- ?6 now
UPDATE contacts SET last_session_removed_at_ms = ?6 WHERE (organization, id) IN
  (SELECT organization, contact_id FROM
    (SELECT s.organization, s.id, s.contact_id, s.status
     FROM ticket_counters AS t
       CROSS JOIN sessions AS s INDEXED BY sessions_by_change
         ON s.organization = t.organization
     WHERE t.organization >= ?1
       AND (s.updated_at_ms, s.id) >
         (iif(t.organization = ?1, ?2, 0), iif(t.organization = ?1, ?3, ''))
       AND s.updated_at_ms < ?5 AND s.updated_at_ms > s.created_at_ms
     ORDER BY t.organization, s.updated_at_ms, s.id LIMIT ?4) AS examined
   WHERE status <> 'open' AND contact_id IS NOT NULL AND NOT EXISTS
     (SELECT 1 FROM entries AS e
      WHERE e.organization = examined.organization AND e.session_id = examined.id))
