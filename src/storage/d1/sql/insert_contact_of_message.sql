-- Creates the contact that a message describes, with its identity only, if the message
-- was just appended to a session without a contact and nobody has this identity. Only a
-- server links a verified session: its contact can read it.
-- ?1 organization, ?2 session, ?3 message, ?4 new contact, ?5 identity, ?6 email,
-- ?7 phone number that is the identity, ?8 now, ?9 whether a server sent it
INSERT INTO contacts (organization, id, identity, email, phone_number, custom_data,
  non_verified_custom_data, created_at_ms, updated_at_ms)
SELECT ?1, ?4, ?5, ?6, ?7, '{}', '{}', ?8, ?8
FROM sessions AS s
  JOIN entries AS e ON e.organization = ?1 AND e.session_id = ?2 AND e.id = ?3
WHERE s.organization = ?1 AND s.id = ?2 AND s.contact_id IS NULL AND e.seq > s.last_seq
  AND (s.verified = 0 OR ?9)
ON CONFLICT (organization, identity) WHERE identity IS NOT NULL DO NOTHING
