-- Rows as the service wrote them when 0010 was the last migration.
INSERT INTO sessions (organization, id, channel, status, verified, custom_data, ticket_number,
  created_at_ms, updated_at_ms, is_of_visitor, body_bytes) VALUES
  ('acme', '0190163d-8694-7000-8000-00000000000a', 'web', 'closed_resolved', 0, '{}', 9, 1700000014000, 1700000014001, 1, 2);
