-- Reads the newest verified open session of the contact on the channel: the stored or the
-- resumed one.
-- ?1 organization, ?2 contact named by id, ?3 identity of a described one, ?4 channel
SELECT id AS session_id FROM sessions INDEXED BY sessions_by_open_channel
WHERE organization = ?1
  AND contact_id =
    coalesce(?2, (SELECT id FROM contacts WHERE organization = ?1 AND identity = ?3))
  AND channel = ?4 AND verified = 1 AND status = 'open'
ORDER BY id DESC LIMIT 1
