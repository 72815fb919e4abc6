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
    s.updated_at_ms, s.custom_data, NULL AS contact_id,
    500 + octet_length(s.custom_data) AS answer_bytes
  FROM page CROSS JOIN sessions AS s ON s.organization = ?1 AND s.id = page.id)
SELECT * FROM
  (SELECT *, sum(answer_bytes) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS total_bytes
   FROM answer)
WHERE total_bytes - answer_bytes <= ?5
ORDER BY id
