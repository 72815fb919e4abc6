-- Deletes the contacts without a session, last changed before ?4 and without a session of
-- theirs removed since then, among the ?3 that follow ?1 and ?2.
-- ?1 organization, ?2 contact
DELETE FROM contacts WHERE (organization, id) IN
  (SELECT organization, id FROM
    (SELECT organization, id, updated_at_ms, last_session_removed_at_ms FROM contacts
     WHERE (organization, id) > (?1, ?2)
     ORDER BY organization, id LIMIT ?3) AS examined
   WHERE max(updated_at_ms, coalesce(last_session_removed_at_ms, 0)) < ?4 AND NOT EXISTS
     (SELECT 1 FROM sessions AS s INDEXED BY sessions_by_contact
      WHERE s.organization = examined.organization AND s.contact_id = examined.id))
