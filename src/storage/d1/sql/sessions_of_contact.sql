-- Reads a contact's sessions, each without its contact.
-- ?1 organization, ?2 contact
SELECT id, status, channel, verified, ticket_number, created_at_ms, updated_at_ms,
  custom_data, NULL AS contact_id
FROM sessions INDEXED BY sessions_by_contact
WHERE organization = ?1 AND contact_id = ?2 ORDER BY id
