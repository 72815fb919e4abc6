-- ?1 organization, ?2 session
SELECT s.id, s.status, s.channel, s.verified,
  s.ticket_number, s.created_at_ms, s.updated_at_ms, s.custom_data, c.id AS contact_id,
  c.email, c.phone_number, c.name, c.custom_data AS contact_custom_data,
  c.non_verified_name, c.non_verified_phone_number, c.non_verified_custom_data
FROM sessions AS s
  LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
WHERE s.organization = ?1 AND s.id = ?2
