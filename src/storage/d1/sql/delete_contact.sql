-- Deletes the contact, once it has no session.
-- ?1 organization, ?2 contact
DELETE FROM contacts WHERE organization = ?1 AND id = ?2
  AND NOT EXISTS
    (SELECT 1 FROM sessions INDEXED BY sessions_by_contact
     WHERE organization = ?1 AND contact_id = ?2)
