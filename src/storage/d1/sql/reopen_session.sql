-- Opens a closed session, to which a contact's message was just appended. A statement of
-- its own, because each message would write the indexes of `status` otherwise.
-- ?1 organization, ?2 session, ?3 message
UPDATE sessions SET status = 'open'
WHERE organization = ?1 AND id = ?2 AND status <> 'open'
  AND last_seq < (SELECT seq FROM entries WHERE organization = ?1 AND session_id = ?2 AND id = ?3)
