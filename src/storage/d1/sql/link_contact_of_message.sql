-- Links a session without a contact to the one that its message describes, if the message
-- was just appended. A session that has a contact keeps it.
-- ?1 organization, ?2 session, ?3 message, ?4 new contact, ?5 identity,
-- ?6 whether a server sent it
UPDATE sessions SET contact_id =
  coalesce((SELECT id FROM contacts WHERE organization = ?1 AND identity = ?5), ?4)
WHERE organization = ?1 AND id = ?2 AND contact_id IS NULL AND (verified = 0 OR ?6)
  AND last_seq < (SELECT seq FROM entries WHERE organization = ?1 AND session_id = ?2 AND id = ?3)
