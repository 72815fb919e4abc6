-- Replaces the secret of an endpoint; the one before signs too until ?4.
-- ?1 organization, ?2 endpoint, ?3 secret, ?5 now
UPDATE webhooks SET previous_secret = secret, previous_until_ms = ?4, secret = ?3,
  updated_at_ms = max(?5, updated_at_ms + 1)
WHERE organization = ?1 AND id = ?2
