-- Rows as the service wrote them when 0013 was the last migration.
INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, is_resumable)
VALUES ('globex', '0190163d-8694-7000-8000-00000000000d', NULL, 'email', 'open', 0, '{}',
  2, 1700000014000, 1700000014000, 0);
