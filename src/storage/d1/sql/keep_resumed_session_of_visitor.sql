-- Stores the session that a visitor resumed under the idempotency key, in place of the new
-- one.
-- ?1 organization, ?2 visitor, ?3 channel, ?4 idempotency key, ?5 the new session, which was
-- not stored
UPDATE idempotency_keys SET session_id = open.id, is_resumed = 1
FROM
  (SELECT id FROM sessions INDEXED BY sessions_by_open_channel_of_visitor
   WHERE organization = ?1 AND visitor_id = ?2
     AND channel = ?3 AND verified = 0 AND status = 'open'
   ORDER BY id DESC LIMIT 1) AS open
WHERE organization = ?1 AND key = ?4 AND session_id = ?5 AND open.id <> ?5
