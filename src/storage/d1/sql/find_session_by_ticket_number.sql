-- Reads the session with a ticket number, and its contact.
-- ?1 organization, ?2 ticket number
SELECT s.id, s.status, s.channel, s.verified,
  s.ticket_number, s.created_at_ms, s.updated_at_ms, s.custom_data, s.last_seq, s.last_message,
  s.last_message_at_ms, s.read_by_contact, s.read_by_agent, s.unread_by_contact,
  s.unread_by_agent, s.assignee, s.assignee_id, s.assignee_name, s.assignee_avatar_url,
  c.id AS contact_id,
  c.email, c.phone_number, c.name, c.custom_data AS contact_custom_data,
  c.non_verified_name, c.non_verified_phone_number, c.non_verified_custom_data,
  0 AS answer_bytes
FROM sessions AS s
  LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
WHERE s.organization = ?1 AND s.ticket_number = ?2
