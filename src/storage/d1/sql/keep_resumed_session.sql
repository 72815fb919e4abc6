-- Stores the resumed session under the idempotency key, in place of the new one.
-- ?1 organization, ?2 contact named by id, ?3 identity of a described one, ?4 channel,
-- ?5 idempotency key, ?6 the new session, which was not stored
UPDATE idempotency_keys SET session_id = open.id, is_resumed = 1
FROM
  (SELECT id FROM sessions INDEXED BY sessions_by_open_channel
   WHERE organization = ?1
     AND contact_id =
       coalesce(?2, (SELECT id FROM contacts WHERE organization = ?1 AND identity = ?3))
     AND channel = ?4 AND verified = 1 AND status = 'open'
   ORDER BY id DESC LIMIT 1) AS open
WHERE organization = ?1 AND key = ?5 AND session_id = ?6 AND open.id <> ?6
