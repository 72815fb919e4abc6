-- Reads the contact's sessions behind ?3, the oldest first, at most ?4, each without its
-- contact. At most as many as an answer of ?5 bytes holds, and one more: answer_bytes is
-- what one takes at most.
-- ?1 organization, ?2 contact
WITH page (id) AS MATERIALIZED (
  SELECT id FROM
    (SELECT id FROM sessions INDEXED BY sessions_by_contact
     WHERE organization = ?1 AND contact_id = ?2 AND verified = 0 AND id > ?3
     ORDER BY id LIMIT ?4)
  UNION ALL
  SELECT id FROM
    (SELECT id FROM sessions INDEXED BY sessions_by_contact
     WHERE organization = ?1 AND contact_id = ?2 AND verified = 1 AND id > ?3
     ORDER BY id LIMIT ?4)
  ORDER BY id LIMIT ?4),
answer AS (
  SELECT s.id, s.status, s.channel, s.verified, s.ticket_number, s.created_at_ms,
    s.updated_at_ms, s.custom_data, s.last_seq, s.last_message, s.last_message_at_ms,
    s.read_by_contact, s.read_by_agent, s.unread_by_contact, s.unread_by_agent, s.assignee,
    s.assignee_id, s.assignee_name, s.assignee_avatar_url, s.given_name, NULL AS contact_id,
    1500 + octet_length(s.custom_data) + 6 * coalesce(octet_length(s.last_message), 0)
      + 6 * octet_length(coalesce(s.assignee_id, '') || coalesce(s.assignee_name, ''))
      + 6 * coalesce(octet_length(s.assignee_avatar_url), 0)
      + 6 * coalesce(octet_length(s.given_name), 0) AS answer_bytes
  FROM page CROSS JOIN sessions AS s ON s.organization = ?1 AND s.id = page.id)
SELECT * FROM
  (SELECT *, sum(answer_bytes) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS total_bytes
   FROM answer)
WHERE total_bytes - answer_bytes <= ?5
ORDER BY id
