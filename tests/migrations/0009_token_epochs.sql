-- Rows as the service wrote them when 0009 was the last migration.
INSERT INTO contacts (organization, id, identity, email, name, custom_data, non_verified_custom_data,
  verified_at_ms, created_at_ms, updated_at_ms, token_epoch) VALUES
  ('acme', '0190163d-8694-7000-8000-0000000000c9', 'email:di@example.com', 'di@example.com', 'Di', '{}', '{}',
   1700000012000, 1700000012000, 1700000012000, 1700000013000);
