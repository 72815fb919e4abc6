-- Stores that an endpoint fails, unless it did; disables it if it is gone, or has failed
-- since ?5 or before. Nothing if its address is another one than the try's, ?6, by now.
-- ?1 organization, ?2 endpoint, ?3 now, ?4 whether it is gone
UPDATE webhooks SET
  failing_since_ms = coalesce(failing_since_ms, ?3),
  status = iif(?4 OR failing_since_ms <= ?5, 'disabled', status),
  disabled_reason = CASE WHEN ?4 THEN 'gone' WHEN failing_since_ms <= ?5 THEN 'failing' END,
  updated_at_ms = iif(?4 OR failing_since_ms <= ?5, max(?3, updated_at_ms + 1), updated_at_ms)
WHERE organization = ?1 AND id = ?2 AND status = 'enabled' AND url = ?6
  AND (?4 OR failing_since_ms IS NULL OR failing_since_ms <= ?5)
