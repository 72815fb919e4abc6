-- ?1 organization, ?2 contact
DELETE FROM contacts WHERE organization = ?1 AND id = ?2
