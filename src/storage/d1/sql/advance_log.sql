-- Brings a session up to the last entry of its log, which is a message; nothing if it is.
-- ?1 organization, ?2 session, ?3 side of the sender, ?4 the message's beginning, ?5 now,
-- ?6 custom_data, ?7 whether no server sent it, so that the session's own attributes win,
-- ?8 the new assignee's kind, ?9 the kind that the sender becomes where nobody else
-- answers, ?10 agent's id, ?11 agent's name, ?12 avatar URL, ?13 whether the message counts
-- to its minute, ?14 the contact's name: the contact gave it unless a server vouches for it
UPDATE sessions SET
  last_seq = log.seq,
  last_message = ?4,
  last_message_seq = log.seq,
  last_message_at_ms = log.created_at_ms,
  read_by_contact = iif(?3 = 'contact', log.seq, read_by_contact),
  read_by_agent = iif(?3 = 'agent', log.seq, read_by_agent),
  unread_by_contact = iif(?3 = 'contact', 0, min(unread_by_contact + 1, 100)),
  unread_by_agent = iif(?3 = 'agent', 0, min(unread_by_agent + 1, 100)),
  minute_messages =
    iif(?13, 1 + iif(minute_began_ms > ?5 - 60000, minute_messages, 0), minute_messages),
  minute_began_ms = iif(?13 AND minute_began_ms <= ?5 - 60000, ?5, minute_began_ms),
  custom_data = iif(?6 = '{}', custom_data,
    iif(?7, json_patch(?6, custom_data), json_patch(custom_data, ?6))),
  given_name = iif(?3 = 'contact' AND (?7 OR NOT verified),
    coalesce(?14, given_name), given_name),
  (assignee, assignee_id, assignee_name, assignee_avatar_url) = (
    SELECT kind, id, name, picture FROM (
      SELECT ?8 AS kind, ?10 AS id, ?11 AS name, ?12 AS picture WHERE ?8 IS NOT NULL
      UNION ALL SELECT ?9, ?10, ?11, ?12
        WHERE ?8 IS NULL AND ?9 IS NOT NULL AND (assignee = 'none'
          OR (assignee = 'human' AND ?9 = 'human' AND coalesce(?10, ?11) IS NOT NULL))
      UNION ALL SELECT assignee, assignee_id, assignee_name, assignee_avatar_url)
    LIMIT 1),
  updated_at_ms = max(?5, updated_at_ms + 1)
FROM (SELECT seq, created_at_ms FROM entries WHERE organization = ?1 AND session_id = ?2
  ORDER BY seq DESC LIMIT 1) AS log
WHERE organization = ?1 AND id = ?2 AND log.seq > last_seq
