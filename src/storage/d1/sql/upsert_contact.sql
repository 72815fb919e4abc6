-- Creates the contact, or updates the one with this identity with the data that this
-- caller may write; nothing if nothing would change, or another request has reserved the
-- idempotency key, or a visitor resumes an open session. An unverified caller sends NULL and '{}' for the verified columns, and
-- the other way round. A phone number that is the identity is in its column either way.
-- ?1 organization, ?2 new contact, ?3 identity, ?4 email, ?5 phone number, ?6 name,
-- ?7 custom_data, ?8 non_verified_name, ?9 non_verified_phone_number,
-- ?10 non_verified_custom_data, ?11 verified at, ?12 now,
-- ?13 limit of non_verified_custom_data in bytes, ?14 idempotency key, ?15 session,
-- ?16 limit of custom_data in bytes: what would exceed it is NULL, which the column
-- rejects, and so the whole batch fails
-- ?17 visitor who resumes, ?18 channel
INSERT INTO contacts (organization, id, identity, email, phone_number, name, custom_data,
  non_verified_name, non_verified_phone_number, non_verified_custom_data, verified_at_ms,
  created_at_ms, updated_at_ms)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12
WHERE (?14 IS NULL OR ?15 =
    (SELECT session_id FROM idempotency_keys WHERE organization = ?1 AND key = ?14))
  AND (?17 IS NULL OR NOT EXISTS
    (SELECT 1 FROM sessions AS open INDEXED BY sessions_by_open_channel_of_visitor
     WHERE open.organization = ?1 AND open.visitor_id = ?17
       AND open.channel = ?18 AND open.verified = 0 AND open.status = 'open'))
ON CONFLICT (organization, identity) WHERE identity IS NOT NULL DO UPDATE SET
  phone_number = iif(excluded.verified_at_ms IS NOT NULL,
    coalesce(excluded.phone_number, phone_number), phone_number),
  name = coalesce(excluded.name, name),
  custom_data = iif(
    octet_length(json_patch(custom_data, excluded.custom_data)) <=
      max(?16, octet_length(custom_data)),
    json_patch(custom_data, excluded.custom_data), NULL),
  non_verified_name = coalesce(excluded.non_verified_name, non_verified_name),
  non_verified_phone_number =
    coalesce(excluded.non_verified_phone_number, non_verified_phone_number),
  non_verified_custom_data = iif(
    excluded.non_verified_custom_data = '{}' OR octet_length(
      json_patch(non_verified_custom_data, excluded.non_verified_custom_data)) <= ?13,
    json_patch(non_verified_custom_data, excluded.non_verified_custom_data),
    excluded.non_verified_custom_data),
  verified_at_ms = coalesce(verified_at_ms, excluded.verified_at_ms),
  updated_at_ms = excluded.updated_at_ms
WHERE (excluded.verified_at_ms IS NOT NULL
    AND phone_number IS NOT coalesce(excluded.phone_number, phone_number))
  OR name IS NOT coalesce(excluded.name, name)
  OR custom_data <> json_patch(custom_data, excluded.custom_data)
  OR non_verified_name IS NOT coalesce(excluded.non_verified_name, non_verified_name)
  OR non_verified_phone_number IS NOT
    coalesce(excluded.non_verified_phone_number, non_verified_phone_number)
  OR non_verified_custom_data <> iif(
    excluded.non_verified_custom_data = '{}' OR octet_length(
      json_patch(non_verified_custom_data, excluded.non_verified_custom_data)) <= ?13,
    json_patch(non_verified_custom_data, excluded.non_verified_custom_data),
    excluded.non_verified_custom_data)
  OR (verified_at_ms IS NULL AND excluded.verified_at_ms IS NOT NULL)
