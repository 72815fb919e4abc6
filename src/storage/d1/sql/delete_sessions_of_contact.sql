-- ?1 organization, ?2 contact
DELETE FROM sessions INDEXED BY sessions_by_contact
WHERE organization = ?1 AND contact_id = ?2
