-- Reads a session, and the event of its entry with this id, if it has one.
-- ?1 organization, ?2 session, ?3 entry
SELECT s.id, e.event
FROM sessions AS s
  LEFT JOIN entries AS e ON e.organization = ?1 AND e.session_id = ?2 AND e.id = ?3
WHERE s.organization = ?1 AND s.id = ?2
