-- Rows as the service wrote them when 0017 was the last migration.
INSERT INTO contacts (organization, id, identity, email, custom_data, non_verified_name,
  non_verified_custom_data, created_at_ms, updated_at_ms, last_session_removed_at_ms)
VALUES ('globex', '0190163d-8694-7000-8000-0000000000c8', 'email:gone@example.com',
  'gone@example.com', '{}', 'Ann', '{}', 1700000018000, 1700000018000, 1700000018500);
