-- ?1 organization, ?2 contact
DELETE FROM sessions WHERE organization = ?1 AND contact_id = ?2
