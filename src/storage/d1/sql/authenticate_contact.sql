-- Creates or updates the contact with an email, as verified; returns its id
-- and its token epoch.
-- ?1 organization, ?2 new contact, ?3 identity, ?4 email, ?5 phone number, ?6 name,
-- ?7 custom_data, ?8 now, ?9 avatar URL, ?10 language, ?11 limit of custom_data in bytes:
-- what would exceed it is NULL, which the column rejects
INSERT INTO contacts (organization, id, identity, email, phone_number, name, custom_data,
  non_verified_custom_data, verified_at_ms, created_at_ms, updated_at_ms, avatar_url, language)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '{}', ?8, ?8, ?8, ?9, ?10)
ON CONFLICT (organization, identity) WHERE identity IS NOT NULL DO UPDATE SET
  phone_number = coalesce(excluded.phone_number, phone_number),
  name = coalesce(excluded.name, name),
  custom_data = iif(
    octet_length(json_patch(custom_data, excluded.custom_data)) <=
      max(?11, octet_length(custom_data)),
    json_patch(custom_data, excluded.custom_data), NULL),
  avatar_url = coalesce(excluded.avatar_url, avatar_url),
  language = coalesce(excluded.language, language),
  verified_at_ms = coalesce(verified_at_ms, excluded.verified_at_ms),
  updated_at_ms = excluded.updated_at_ms
RETURNING id, token_epoch
