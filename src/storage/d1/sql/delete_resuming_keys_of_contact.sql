-- Deletes idempotency keys that resumed one of the contact's first ?3 sessions, at most
-- ?3 of them.
-- ?1 organization, ?2 contact
DELETE FROM idempotency_keys WHERE organization = ?1 AND key IN
  (SELECT keys.key FROM
    (SELECT id FROM sessions INDEXED BY sessions_by_contact
     WHERE organization = ?1 AND contact_id = ?2
     ORDER BY verified, id LIMIT ?3) AS removed
   CROSS JOIN idempotency_keys AS keys INDEXED BY idempotency_keys_of_resumed
     ON keys.organization = ?1 AND keys.session_id = removed.id AND keys.is_resumed = 1
   LIMIT ?3)
