-- Puts into the outbox that a contact is deleted, before the statement that does it: nothing
-- if that leaves it, because it has sessions. Without an endpoint it reads no row.
-- ?1 organization, ?2 contact, ?3 now, ?4 when somebody else may take it
INSERT INTO webhook_events (organization, webhook_id, created_at_ms, subject_id, seq, type,
  next_at_ms)
SELECT ?1, w.id, ?3, ?2, 0, 'contact.deleted', ?4
FROM webhooks AS w
  CROSS JOIN contacts AS c
WHERE w.organization = ?1 AND w.status = 'enabled' AND w.format = 'standard'
  AND (w.events = '["*"]' OR instr(w.events, '"contact.deleted"'))
  AND c.organization = ?1 AND c.id = ?2
  AND NOT EXISTS
    (SELECT 1 FROM sessions INDEXED BY sessions_by_contact
     WHERE organization = ?1 AND contact_id = ?2)
RETURNING webhook_id, created_at_ms, subject_id, seq, next_at_ms
