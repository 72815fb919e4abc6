-- Rows as the service wrote them when 0007 was the last migration.
INSERT INTO sessions VALUES
  ('acme', '0190163d-8694-7000-8000-000000000008', NULL, 'sms', 'closed_resolved', 0, '{}', 7, 1700000010000, 1700000010001, 0);
INSERT INTO idempotency_keys VALUES
  ('acme', 'secret:eighth', 'f', '0190163d-8694-7000-8000-000000000008', 1700000010000, 0);
-- And a session as an older Worker goes on storing one until it is replaced: it has
-- taken the number before.
UPDATE ticket_counters SET last_ticket_number = last_ticket_number + 1 WHERE organization = 'acme';
INSERT INTO sessions SELECT
  'acme', '0190163d-8694-7000-8000-000000000009', NULL, 'sms', 'open', 0, '{}', last_ticket_number, 1700000011000, 1700000011000, 0
  FROM ticket_counters WHERE organization = 'acme';
INSERT INTO idempotency_keys VALUES
  ('acme', 'secret:ninth', 'f', '0190163d-8694-7000-8000-000000000009', 1700000011000, 0);
INSERT INTO contacts (organization, id, identity, email, phone_number, custom_data, non_verified_name,
  non_verified_custom_data, created_at_ms, updated_at_ms) VALUES
  ('acme', '0190163d-8694-7000-8000-0000000000c5', 'email:cy@example.com', 'cy@example.com', '+15550105', '{}', 'Cy', '{}', 1700000011000, 1700000011000);
