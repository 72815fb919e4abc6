-- Deletes the idempotency keys of a contact's sessions. Keys are kept for about a day, so
-- a scan of an organization's keys costs less than an index on all of them.
-- ?1 organization, ?2 contact
DELETE FROM idempotency_keys WHERE organization = ?1 AND session_id IN
  (SELECT id FROM sessions INDEXED BY sessions_by_contact
   WHERE organization = ?1 AND contact_id = ?2)
