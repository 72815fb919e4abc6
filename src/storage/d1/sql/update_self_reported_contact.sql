-- Writes a contact's self-reported data to the unverified columns; nothing if nothing
-- would change, another request has reserved the idempotency key, or the token is revoked.
-- ?1 organization, ?2 contact, ?3 name, ?4 custom_data, ?5 limit of
-- non_verified_custom_data, ?6 now, ?7 idempotency key, ?8 session, ?9 epoch of the token
UPDATE contacts SET
  non_verified_name = coalesce(?3, non_verified_name),
  non_verified_custom_data = iif(length(json_patch(non_verified_custom_data, ?4)) <= ?5,
    json_patch(non_verified_custom_data, ?4), ?4),
  updated_at_ms = ?6
WHERE organization = ?1 AND id = ?2 AND token_epoch = ?9
  AND (?7 IS NULL OR ?8 =
    (SELECT session_id FROM idempotency_keys WHERE organization = ?1 AND key = ?7))
  AND (non_verified_name IS NOT coalesce(?3, non_verified_name)
    OR non_verified_custom_data <>
      iif(length(json_patch(non_verified_custom_data, ?4)) <= ?5,
        json_patch(non_verified_custom_data, ?4), ?4))
