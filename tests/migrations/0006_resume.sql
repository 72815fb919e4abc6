-- Rows as the service wrote them when 0006 was the last migration.
INSERT INTO sessions VALUES
  ('acme', '0190163d-8694-7000-8000-000000000007', '0190163d-8694-7000-8000-0000000000c4', 'web', 'open', 1, '{}', 6, 1700000009000, 1700000009000, 1);
UPDATE ticket_counters SET last_ticket_number = 6 WHERE organization = 'acme';
INSERT INTO idempotency_keys VALUES
  ('acme', 'secret:resumed', 'f', '0190163d-8694-7000-8000-000000000007', 1700000009000, 1);
