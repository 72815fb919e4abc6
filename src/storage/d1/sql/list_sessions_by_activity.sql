-- The ?6 sessions with the latest messages that match the filter, among the ?9 with the
-- latest messages behind a position, which is the time ?15 and the id ?14. Each status has
-- its own part of the index, and the parts are merged as they are read; a session without a
-- message is in none.
-- examined_to_ms and examined_to are the last of the ?9, if the page is short and there are
-- that many.
-- ?1 organization, ?2 status, ?3 channel, ids from ?5 to below ?4, ?7 and ?8 the period of
-- the last change, ?10 verified, ?11 the side with unread messages, ?12 and ?13 the kind
-- and the id of the assignee
-- At most as many as an answer of ?16 bytes holds, and one more: answer_bytes is what one
-- takes at most. A character takes six bytes of JSON at most.
WITH latest (id, at_ms) AS MATERIALIZED (
  SELECT id, last_message_at_ms FROM sessions INDEXED BY sessions_by_activity
  WHERE organization = ?1 AND status = 'open' AND coalesce(?2, 'open') = 'open'
    AND last_message_at_ms IS NOT NULL AND (last_message_at_ms, id) < (?15, ?14)
  UNION ALL
  SELECT id, last_message_at_ms FROM sessions INDEXED BY sessions_by_activity
  WHERE organization = ?1 AND status = 'closed_resolved' AND coalesce(?2, 'closed_resolved') = 'closed_resolved'
    AND last_message_at_ms IS NOT NULL AND (last_message_at_ms, id) < (?15, ?14)
  UNION ALL
  SELECT id, last_message_at_ms FROM sessions INDEXED BY sessions_by_activity
  WHERE organization = ?1 AND status = 'closed_unresolved' AND coalesce(?2, 'closed_unresolved') = 'closed_unresolved'
    AND last_message_at_ms IS NOT NULL AND (last_message_at_ms, id) < (?15, ?14)
  ORDER BY last_message_at_ms DESC, id DESC LIMIT ?9),
page (id, at_ms) AS MATERIALIZED (
  SELECT id, at_ms FROM latest CROSS JOIN sessions USING (id)
  WHERE organization = ?1 AND id < ?4 AND id >= ?5
    AND (?3 IS NULL OR channel = ?3) AND (?10 IS NULL OR verified = ?10)
    AND (?7 IS NULL OR updated_at_ms > ?7) AND updated_at_ms < ?8
    AND (?11 IS NULL OR iif(?11 = 'agent', unread_by_agent, unread_by_contact) > 0)
    AND (?12 IS NULL OR assignee = ?12) AND (?13 IS NULL OR assignee_id = ?13)
  ORDER BY at_ms DESC, id DESC LIMIT ?6),
examined (examined_to_ms, examined_to) AS (
  SELECT at_ms, id FROM (SELECT 1) LEFT JOIN
    (SELECT at_ms, id FROM latest WHERE (SELECT count(*) FROM page) < ?6
     ORDER BY at_ms DESC, id DESC LIMIT 1 OFFSET ?9 - 1)),
answer AS (
  SELECT examined_to_ms, examined_to, s.id, s.status, s.channel, s.verified,
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
  FROM examined LEFT JOIN page ON TRUE
    LEFT JOIN sessions AS s ON s.organization = ?1 AND s.id = page.id
    LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id)
SELECT * FROM
  (SELECT *, sum(answer_bytes) OVER
     (ORDER BY last_message_at_ms DESC, id DESC ROWS UNBOUNDED PRECEDING) AS total_bytes
   FROM answer)
WHERE total_bytes - answer_bytes <= ?16
ORDER BY last_message_at_ms DESC, id DESC
