-- Moves a side's read mark forward, to the last entry at most, and counts what it has not
-- read; nothing if the mark is there, or the caller may not see the session. An unread
-- message is the other side's: the own last message moves the mark behind it.
-- ?1 organization, ?2 session, ?3 contact of the caller's token, ?4 its epoch, ?5 side,
-- ?6 seq, ?7 limit of the count, ?8 visitor of the caller's token, ?9 its agent,
-- ?10 when it was signed
UPDATE sessions SET
  read_by_contact = iif(?5 = 'contact', min(?6, last_seq), read_by_contact),
  read_by_agent = iif(?5 = 'agent', min(?6, last_seq), read_by_agent),
  unread_by_contact = iif(?5 = 'contact', unread.messages, unread_by_contact),
  unread_by_agent = iif(?5 = 'agent', unread.messages, unread_by_agent)
FROM
  (SELECT count(*) AS messages FROM
    (SELECT 1 FROM entries
     WHERE organization = ?1 AND session_id = ?2 AND seq > ?6
       AND event = 'message' AND (author = 'contact') = (?5 = 'agent')
     LIMIT ?7)) AS unread
WHERE organization = ?1 AND id = ?2
  AND (?3 IS NULL OR (contact_id = ?3 AND verified = 1 AND EXISTS
    (SELECT 1 FROM contacts AS c
     WHERE c.organization = ?1 AND c.id = ?3 AND c.token_epoch = ?4)))
  AND (?8 IS NULL OR (visitor_id = ?8 AND verified = 0))
  AND (?9 IS NULL OR NOT EXISTS
    (SELECT 1 FROM agent_revocations AS ended
     WHERE ended.organization = ?1 AND agent_id = ?9 AND revoked_at_ms >= ?10))
  AND min(?6, last_seq) > iif(?5 = 'contact', read_by_contact, read_by_agent)
