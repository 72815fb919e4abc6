-- Deletes the contact's first ?3 sessions, except those that still have an entry, or a
-- key that resumed them.
-- ?1 organization, ?2 contact
DELETE FROM sessions WHERE organization = ?1 AND id IN
  (SELECT id FROM sessions INDEXED BY sessions_by_contact
   WHERE organization = ?1 AND contact_id = ?2
   ORDER BY verified, id LIMIT ?3)
  AND NOT EXISTS
    (SELECT 1 FROM entries WHERE organization = ?1 AND session_id = sessions.id)
  AND NOT EXISTS
    (SELECT 1 FROM idempotency_keys AS keys INDEXED BY idempotency_keys_of_resumed
     WHERE keys.organization = ?1 AND keys.session_id = sessions.id AND keys.is_resumed = 1)
