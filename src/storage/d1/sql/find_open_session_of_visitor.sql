-- Reads the newest open session of the visitor on the channel: the stored or the resumed
-- one.
-- ?1 organization, ?2 visitor, ?3 channel
SELECT id AS session_id FROM sessions INDEXED BY sessions_by_open_channel_of_visitor
WHERE organization = ?1 AND visitor_id = ?2
  AND channel = ?3 AND verified = 0 AND status = 'open'
ORDER BY id DESC LIMIT 1
