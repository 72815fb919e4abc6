-- Rows as the service wrote them when 0007 was the last migration.
INSERT INTO sessions VALUES
  ('acme', '0190163d-8694-7000-8000-000000000008', NULL, 'sms', 'closed_resolved', 0, '{}', 7, 1700000010000, 1700000010001, 0);
INSERT INTO idempotency_keys VALUES
  ('acme', 'secret:eighth', 'f', '0190163d-8694-7000-8000-000000000008', 1700000010000, 0);
