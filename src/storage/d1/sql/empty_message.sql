-- Removes the text and the attachments of a message or a note. The hash of its content stays, so
-- that a late retry of it is still the same message.
-- ?1 organization, ?2 session, ?3 message or note
UPDATE entries SET text = '', attachments = '[]'
WHERE organization = ?1 AND session_id = ?2 AND id = ?3 AND event IN ('message', 'note')
  AND (text <> '' OR attachments <> '[]')
