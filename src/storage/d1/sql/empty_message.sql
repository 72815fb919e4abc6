-- Removes the text and the attachments of a message. The hash of its content stays, so
-- that a late retry of it is still the same message.
-- ?1 organization, ?2 session, ?3 message
UPDATE entries SET text = '', attachments = '[]'
WHERE organization = ?1 AND session_id = ?2 AND id = ?3 AND event = 'message'
  AND (text <> '' OR attachments <> '[]')
