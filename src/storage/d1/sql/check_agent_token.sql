-- Returns a row unless the agent's tokens have been revoked since this one was signed.
-- ?1 organization, ?2 agent, ?3 when the token was signed
SELECT 1 WHERE NOT EXISTS
  (SELECT 1 FROM agent_revocations
   WHERE organization = ?1 AND agent_id = ?2 AND revoked_at_ms >= ?3)
