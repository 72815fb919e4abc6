-- Deletes an endpoint. Its events end with their eight days, and are not sent.
-- ?1 organization, ?2 endpoint
DELETE FROM webhooks WHERE organization = ?1 AND id = ?2
