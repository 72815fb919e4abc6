-- Rows as the service wrote them when 0003 was the last migration.
INSERT INTO contacts (organization, id, identity, email, name, custom_data, non_verified_custom_data,
  verified_at_ms, created_at_ms, updated_at_ms, avatar_url, language) VALUES
  ('acme', '0190163d-8694-7000-8000-0000000000c4', 'email:bo@example.com', 'bo@example.com', 'Bo', '{}', '{}',
   1700000005000, 1700000005000, 1700000005000, 'https://example.com/bo.png', 'nb-NO');
