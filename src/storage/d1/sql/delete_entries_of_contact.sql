-- Deletes at most ?4 entries of the contact's first ?3 sessions, the oldest of each first.
-- The condition on seq makes the planner read them in that order.
-- ?1 organization, ?2 contact
DELETE FROM entries WHERE organization = ?1 AND (session_id, seq) IN
  (SELECT e.session_id, e.seq FROM
    (SELECT id FROM sessions INDEXED BY sessions_by_contact
     WHERE organization = ?1 AND contact_id = ?2
     ORDER BY verified, id LIMIT ?3) AS removed
   CROSS JOIN entries AS e ON e.organization = ?1 AND e.session_id = removed.id
   WHERE e.seq > 0 LIMIT ?4)
