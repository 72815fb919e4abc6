-- Deletes the idempotency keys that the contact's first ?3 sessions were created with. A
-- key may have expired since, and be another session's now.
-- ?1 organization, ?2 contact
DELETE FROM idempotency_keys WHERE organization = ?1 AND (key, session_id) IN
  (SELECT idempotency_key, id FROM
    (SELECT idempotency_key, id FROM sessions INDEXED BY sessions_by_contact
     WHERE organization = ?1 AND contact_id = ?2
     ORDER BY verified, id LIMIT ?3)
   WHERE idempotency_key IS NOT NULL)
