-- Names the session that continues a full one, if it was just stored.
-- ?1 organization, ?2 full session, ?3 new session
UPDATE sessions SET continued_in = ?3
WHERE organization = ?1 AND id = ?2
  AND EXISTS (SELECT 1 FROM sessions AS next WHERE next.organization = ?1 AND next.id = ?3)
