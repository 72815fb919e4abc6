-- Writes a contact's self-reported data to the unverified columns; nothing if nothing
-- would change, another request has reserved the idempotency key, or the token is
-- revoked.
-- ?1 organization, ?2 contact, ?3 name, ?4 phone number, ?5 custom_data, ?6 limit of
-- non_verified_custom_data, ?7 now, ?8 idempotency key, ?9 session,
-- ?10 epoch of the token
UPDATE contacts SET
  non_verified_name = coalesce(?3, non_verified_name),
  non_verified_phone_number = coalesce(?4, non_verified_phone_number),
  non_verified_custom_data = iif(?5 = '{}' OR octet_length(json_patch(non_verified_custom_data, ?5)) <= ?6,
    json_patch(non_verified_custom_data, ?5), ?5),
  updated_at_ms = ?7
WHERE organization = ?1 AND id = ?2 AND token_epoch = ?10
  AND (?8 IS NULL OR ?9 =
    (SELECT session_id FROM idempotency_keys WHERE organization = ?1 AND key = ?8))
  AND (non_verified_name IS NOT coalesce(?3, non_verified_name)
    OR non_verified_phone_number IS NOT coalesce(?4, non_verified_phone_number)
    OR non_verified_custom_data <>
      iif(?5 = '{}' OR octet_length(json_patch(non_verified_custom_data, ?5)) <= ?6,
        json_patch(non_verified_custom_data, ?5), ?5))
