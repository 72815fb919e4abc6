-- ?1 organization, ?2 identity
SELECT id AS contact_id, email, phone_number, name, custom_data AS contact_custom_data,
  non_verified_name, non_verified_phone_number, non_verified_custom_data, avatar_url,
  language, verified_at_ms, created_at_ms, updated_at_ms
FROM contacts WHERE organization = ?1 AND identity = ?2
