-- Reads a session that the caller may see, and its message with this id, if it has one;
-- and why a message would not be appended.
-- ?1 organization, ?2 session, ?3 contact of the caller's token, ?4 message,
-- ?5 custom_data that the message merges, ?6 visitor of the caller's token
SELECT s.last_seq, s.minute_began_ms, s.minute_messages, s.given_name,
  (SELECT name FROM contacts WHERE organization = ?1 AND id = s.contact_id AND s.verified)
    AS contact_name,
  e.seq, e.created_at_ms, e.content_hash,
  iif(?5 = '{}', 0, (SELECT count(*) FROM json_each(json_patch(s.custom_data, ?5))))
    AS attributes,
  iif(?5 = '{}', 0, octet_length(json_patch(s.custom_data, ?5))) AS attributes_bytes
FROM sessions AS s
  LEFT JOIN entries AS e ON e.organization = ?1 AND e.session_id = ?2 AND e.id = ?4
WHERE s.organization = ?1 AND s.id = ?2
  AND (?3 IS NULL OR (s.contact_id = ?3 AND s.verified = 1))
  AND (?6 IS NULL OR (s.visitor_id = ?6 AND s.verified = 0))
