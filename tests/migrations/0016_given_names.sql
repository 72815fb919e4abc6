-- Rows as the service wrote them when 0016 was the last migration.
INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, is_of_visitor, body_bytes, visitor_id, given_name)
VALUES ('globex', '0190163d-8694-7000-8000-000000000011', NULL, 'web', 'open', 0, '{}',
  6, 1700000017000, 1700000017000, 1, 2, '0190163d-8694-7000-8000-0000000000f1', 'Ann');
