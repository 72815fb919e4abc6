-- Replaces the secret of an endpoint; the one before signs too until ?4, and the ?6 before
-- that to their own ends.
-- ?1 organization, ?2 endpoint, ?3 secret, ?5 now
UPDATE webhooks SET secret = ?3, updated_at_ms = max(?5, updated_at_ms + 1),
  previous_secrets =
    (SELECT json_insert(json_group_array(json(value)), '$[#]',
       json_object('secret', webhooks.secret, 'until_ms', CAST(?4 AS INTEGER)))
     FROM (SELECT value FROM json_each(webhooks.previous_secrets)
       WHERE value ->> 'until_ms' > ?5 ORDER BY value ->> 'until_ms' DESC LIMIT ?6))
WHERE organization = ?1 AND id = ?2
