-- Puts into the outbox that the contacts are deleted which the cleanup is about to delete:
-- those without a session, last changed before ?3, from ?1 and ?2 on to its new place. It
-- reads contacts of organizations with an endpoint only.
-- ?1 organization, ?2 contact, ?4 now, ?5 task
INSERT INTO webhook_events (organization, webhook_id, created_at_ms, subject_id, seq, type,
  next_at_ms)
SELECT c.organization, w.id, ?4, c.id, 0, 'contact.deleted', ?4
FROM cleanup_positions AS p
  CROSS JOIN webhooks AS w
  CROSS JOIN contacts AS c
WHERE p.task = ?5
  AND w.organization >= ?1 AND (p.organization = '' OR w.organization <= p.organization)
  AND w.status = 'enabled' AND w.format = 'standard'
  AND (w.events = '["*"]' OR instr(w.events, '"contact.deleted"'))
  AND c.organization = w.organization
  AND c.id > iif(w.organization = ?1, ?2, '')
  -- '~' is behind every id.
  AND c.id <= iif(w.organization = p.organization, p.id, '~')
  AND max(c.updated_at_ms, coalesce(c.last_session_removed_at_ms, 0)) < ?3
  AND NOT EXISTS
    (SELECT 1 FROM sessions AS s INDEXED BY sessions_by_contact
     WHERE s.organization = c.organization AND s.contact_id = c.id)
