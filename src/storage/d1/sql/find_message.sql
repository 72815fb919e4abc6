-- Reads a session that the caller may see, and its message with this id, if it has one.
-- ?1 organization, ?2 session, ?3 contact of the caller's token, ?4 message
SELECT s.last_seq, e.seq, e.created_at_ms, e.content_hash
FROM sessions AS s
  LEFT JOIN entries AS e ON e.organization = ?1 AND e.session_id = ?2 AND e.id = ?4
WHERE s.organization = ?1 AND s.id = ?2
  AND (?3 IS NULL OR (s.contact_id = ?3 AND s.verified = 1))
