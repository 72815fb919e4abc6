-- Deletes the oldest revocations from before ?2, a few: every token that they end has
-- expired.
-- ?1 organization
DELETE FROM agent_revocations WHERE organization = ?1 AND agent_id IN
  (SELECT agent_id FROM agent_revocations INDEXED BY agent_revocations_by_time
   WHERE organization = ?1 AND revoked_at_ms < ?2
   ORDER BY revoked_at_ms LIMIT 10)
