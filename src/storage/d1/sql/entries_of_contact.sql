-- A page of the histories of the contact's sessions, the oldest session first, of the ?4
-- sessions that follow ?3: at most ?7 entries, in the session ?5 those after the seq ?6.
-- A history has no gap, so its last seq tells how many of the ?7 are left for the next one.
-- At most as many as an answer of ?8 bytes holds, and one more: answer_bytes is what one
-- takes at least.
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
logs (id, after_seq, entries) AS (
  SELECT s.id, iif(s.id = ?5, ?6, 0), max(s.last_seq - iif(s.id = ?5, ?6, 0), 0)
  FROM page CROSS JOIN sessions AS s ON s.organization = ?1 AND s.id = page.id),
ranges (id, after_seq, room) AS MATERIALIZED (
  SELECT id, after_seq,
    ?7 - sum(entries) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) + entries
  FROM logs),
answer AS (
  SELECT e.session_id, e.seq, e.id, e.event, e.author, e.agent_id, e.agent_name, e.avatar_url,
    e.text, e.attachments, e.detail, e.created_at_ms,
    100 + octet_length(e.text) + octet_length(e.attachments) AS answer_bytes
  FROM ranges CROSS JOIN entries AS e
    ON e.organization = ?1 AND e.session_id = ranges.id
      AND e.seq > after_seq AND e.seq <= after_seq + room
  WHERE room > 0)
SELECT * FROM
  (SELECT *, sum(answer_bytes) OVER (ORDER BY session_id, seq ROWS UNBOUNDED PRECEDING)
     AS total_bytes
   FROM answer)
WHERE total_bytes - answer_bytes <= ?8
ORDER BY session_id, seq
