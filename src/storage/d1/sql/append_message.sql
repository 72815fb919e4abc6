-- Appends a message to a session's log; before it, that it reopens the session, and that
-- the session has another assignee. Nothing if the log has the message's id or no room,
-- the session's attributes would be too many or too large, tokens have sent too many
-- messages within a minute, or the caller may not see the session.
-- ?1 organization, ?2 session, ?3 contact of the caller's token, ?4 its epoch,
-- ?5 message, ?6 sender, ?7 agent's id, ?8 agent's name, ?9 avatar URL, ?10 text,
-- ?11 attachments, ?12 hash of the content, ?13 now, ?14 and ?15 ids of the entries
-- before it, ?16 the new assignee's kind, ?17 custom_data, ?18 limit of its keys,
-- ?19 limit of its bytes, ?20 limit of the log, ?21 limit of messages in a minute,
-- ?22 visitor of the caller's token, ?23 its agent, ?24 when it was signed
INSERT INTO entries (organization, session_id, seq, id, event, author, agent_id, agent_name,
  avatar_url, text, attachments, content_hash, created_at_ms)
SELECT ?1, ?2, s.last_seq + row_number() OVER (ORDER BY entry.place), entry.id, entry.event,
  entry.author, iif(entry.event = 'session_reopened', NULL, ?7),
  iif(entry.event = 'session_reopened', NULL, ?8),
  iif(entry.event = 'session_reopened', NULL, ?9),
  iif(entry.event = 'message', ?10, ''), iif(entry.event = 'message', ?11, '[]'),
  iif(entry.event = 'message', ?12, NULL),
  max(?13, coalesce((SELECT created_at_ms FROM entries
    WHERE organization = ?1 AND session_id = ?2 AND seq = s.last_seq), 0))
FROM
  (SELECT *, ?6 = 'contact' AND status <> 'open' AS reopens,
     ?16 IS NOT NULL AND (assignee <> ?16 OR assignee_id IS NOT ?7 OR assignee_name IS NOT ?8)
       AS hands_over
   FROM sessions WHERE organization = ?1 AND id = ?2) AS s
  CROSS JOIN (SELECT 1 AS place, ?14 AS id, 'session_reopened' AS event, 'contact' AS author
    UNION ALL SELECT 2, ?15, 'handoff', ?16 UNION ALL SELECT 3, ?5, 'message', ?6) AS entry
WHERE (?3 IS NULL OR (s.contact_id = ?3 AND s.verified = 1 AND EXISTS
    (SELECT 1 FROM contacts WHERE organization = ?1 AND id = ?3 AND token_epoch = ?4)))
  AND (?22 IS NULL OR (s.visitor_id = ?22 AND s.verified = 0))
  AND (?23 IS NULL OR NOT EXISTS
    (SELECT 1 FROM agent_revocations AS ended
     WHERE ended.organization = ?1 AND agent_id = ?23 AND revoked_at_ms >= ?24))
  AND NOT EXISTS
    (SELECT 1 FROM entries WHERE organization = ?1 AND session_id = ?2 AND id = ?5)
  AND s.last_seq + s.reopens + s.hands_over + 1 <= ?20
  AND (?21 IS NULL OR s.minute_messages < ?21 OR s.minute_began_ms <= ?13 - 60000)
  AND (?17 = '{}'
    OR ((SELECT count(*) FROM json_each(json_patch(s.custom_data, ?17))) <= ?18
      AND octet_length(json_patch(s.custom_data, ?17)) <= ?19))
  AND (entry.event = 'message' OR (entry.event = 'session_reopened' AND s.reopens)
    OR (entry.event = 'handoff' AND s.hands_over))
