-- The last ?5 entries of a session's log between ?3 and ?4, the last one first.
-- ?1 organization, ?2 session
SELECT seq, id, event, author, agent_id, agent_name, avatar_url, text, attachments, detail,
  created_at_ms
FROM entries
WHERE organization = ?1 AND session_id = ?2 AND seq > ?3 AND seq < ?4
ORDER BY seq DESC LIMIT ?5
