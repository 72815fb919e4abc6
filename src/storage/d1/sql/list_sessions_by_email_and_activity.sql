-- The ?6 sessions with the latest messages that match the filter, behind a position, which
-- is the time ?16 and the id ?15, of the contact with the identity ?14: among its newest ?9
-- verified ones, and the newest ?9 that strangers opened in its name. Each page sorts all
-- of these: an index would cost each message a row more.
-- ?1 organization, ?2 status, ?3 channel, ids from ?5 to below ?4, ?7 and ?8 the period of
-- the last change, ?10 verified, ?11 the side with unread messages, ?12 and ?13 the kind
-- and the id of the assignee
-- At most as many as an answer of ?17 bytes holds, and one more: answer_bytes is what one
-- takes at most. A character takes six bytes of JSON at most.
WITH owner (contact_id) AS MATERIALIZED (
  SELECT id FROM contacts WHERE organization = ?1 AND identity = ?14),
newest (id) AS MATERIALIZED (
  SELECT id FROM
    (SELECT id FROM sessions INDEXED BY sessions_by_contact
     WHERE organization = ?1 AND contact_id = (SELECT contact_id FROM owner)
       AND verified = 1 AND coalesce(?10, 1) = 1 AND id < ?4 AND id >= ?5
     ORDER BY id DESC LIMIT ?9)
  UNION ALL
  SELECT id FROM
    (SELECT id FROM sessions INDEXED BY sessions_by_contact
     WHERE organization = ?1 AND contact_id = (SELECT contact_id FROM owner)
       AND verified = 0 AND coalesce(?10, 0) = 0 AND id < ?4 AND id >= ?5
     ORDER BY id DESC LIMIT ?9)),
page (id, at_ms) AS MATERIALIZED (
  SELECT id, last_message_at_ms FROM newest CROSS JOIN sessions USING (id)
  WHERE organization = ?1 AND (last_message_at_ms, id) < (?16, ?15)
    AND (?2 IS NULL OR status = ?2)
    AND (?3 IS NULL OR channel = ?3)
    AND (?7 IS NULL OR updated_at_ms > ?7) AND updated_at_ms < ?8
    AND (?11 IS NULL OR iif(?11 = 'agent', unread_by_agent, unread_by_contact) > 0)
    AND (?12 IS NULL OR assignee = ?12) AND (?13 IS NULL OR assignee_id = ?13)
  ORDER BY last_message_at_ms DESC, id DESC LIMIT ?6),
answer AS (
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
  FROM page CROSS JOIN sessions AS s ON s.organization = ?1 AND s.id = page.id
    LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id)
SELECT * FROM
  (SELECT *, sum(answer_bytes) OVER
     (ORDER BY last_message_at_ms DESC, id DESC ROWS UNBOUNDED PRECEDING) AS total_bytes
   FROM answer)
WHERE total_bytes - answer_bytes <= ?17
ORDER BY last_message_at_ms DESC, id DESC
