-- The first ?5 entries of a session's log between ?3 and ?4.
-- ?1 organization, ?2 session
SELECT seq, id, event, author, agent_id, agent_name, avatar_url, text, attachments, detail,
  created_at_ms
FROM entries
WHERE organization = ?1 AND session_id = ?2 AND seq > ?3 AND seq < ?4
ORDER BY seq LIMIT ?5
