-- Appends to a session's log that a message or a note is redacted; nothing if it is already,
-- or is neither.
-- ?1 organization, ?2 session, ?3 message or note, ?4 entry, ?5 now
INSERT INTO entries (organization, session_id, seq, id, event, author, detail, created_at_ms)
SELECT ?1, ?2, s.last_seq + 1, ?4, iif(redacted.event = 'note', 'note_redacted', 'redacted'), 'agent', redacted.seq,
  max(?5, (SELECT created_at_ms FROM entries
    WHERE organization = ?1 AND session_id = ?2 AND seq = s.last_seq))
FROM sessions AS s
  JOIN entries AS redacted
    ON redacted.organization = ?1 AND redacted.session_id = ?2 AND redacted.id = ?3
WHERE s.organization = ?1 AND s.id = ?2 AND redacted.event IN ('message', 'note')
  AND (redacted.text <> '' OR redacted.attachments <> '[]')
