-- The newest ?4 sessions with ids from ?3 to below ?2, of the organization ?1.
-- At most as many as an answer of ?5 bytes holds, and one more: answer_bytes is what one
-- takes at most. A character takes six bytes of JSON at most.
WITH answer AS (
  SELECT NULL AS examined_to, s.id, s.status, s.channel, s.verified,
    s.ticket_number, s.created_at_ms, s.updated_at_ms, s.custom_data, s.last_seq, s.last_message,
    s.last_message_at_ms, s.read_by_contact, s.read_by_agent, s.unread_by_contact,
    s.unread_by_agent, s.assignee, s.assignee_id, s.assignee_name, s.assignee_avatar_url,
    c.id AS contact_id,
    c.email, c.phone_number, c.name, c.custom_data AS contact_custom_data,
    c.non_verified_name, c.non_verified_phone_number, c.non_verified_custom_data,
    2500 + coalesce(octet_length(s.custom_data), 0) + coalesce(octet_length(c.custom_data), 0)
      + coalesce(octet_length(c.non_verified_custom_data), 0)
      + 6 * coalesce(octet_length(c.name), 0)
      + 6 * coalesce(octet_length(c.non_verified_name), 0)
      + 6 * coalesce(octet_length(s.last_message), 0)
      + 6 * octet_length(coalesce(s.assignee_id, '') || coalesce(s.assignee_name, ''))
      + 6 * coalesce(octet_length(s.assignee_avatar_url), 0) AS answer_bytes
  FROM sessions AS s
    LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
  WHERE s.organization = ?1 AND s.id < ?2 AND s.id >= ?3
  ORDER BY s.id DESC LIMIT ?4)
SELECT * FROM
  (SELECT *, sum(answer_bytes) OVER (ORDER BY id DESC ROWS UNBOUNDED PRECEDING) AS total_bytes
   FROM answer)
WHERE total_bytes - answer_bytes <= ?5
ORDER BY id DESC
