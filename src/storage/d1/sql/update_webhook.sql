-- Changes an endpoint. One that is enabled, again too, or has another address, begins
-- without a failure.
-- ?1 organization, ?2 endpoint, ?3 URL, ?4 events, ?5 whether to change the description,
-- ?6 description, ?7 format, ?8 status, ?9 reason of a disabled one, ?10 now; NULL leaves a
-- column as it is
UPDATE webhooks SET url = coalesce(?3, url), events = coalesce(?4, events),
  description = iif(?5, ?6, description), format = coalesce(?7, format),
  status = coalesce(?8, status), disabled_reason = iif(?8 IS NULL, disabled_reason, ?9),
  failing_since_ms = iif(?8 = 'enabled' OR ?3 <> url, NULL, failing_since_ms),
  updated_at_ms = max(?10, updated_at_ms + 1)
WHERE organization = ?1 AND id = ?2
