-- Revokes the tokens of an agent that were signed until now.
-- ?1 organization, ?2 agent, ?3 now
INSERT INTO agent_revocations (organization, agent_id, revoked_at_ms) VALUES (?1, ?2, ?3)
ON CONFLICT (organization, agent_id) DO UPDATE SET
  revoked_at_ms = max(revoked_at_ms, excluded.revoked_at_ms)
