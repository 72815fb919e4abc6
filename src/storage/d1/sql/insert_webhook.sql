-- Stores an endpoint; nothing if the organization has ?9 or more.
-- ?1 organization, ?2 endpoint, ?3 URL, ?4 events, ?5 description, ?6 format, ?7 secret,
-- ?8 now, ?9 limit
INSERT INTO webhooks (organization, id, url, events, description, format, secret,
  created_at_ms, updated_at_ms)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8
WHERE (SELECT count(*) FROM webhooks WHERE organization = ?1) < ?9
