-- Rows as the service wrote them when 0004 was the last migration.
INSERT INTO sessions VALUES
  ('acme', '0190163d-8694-7000-8000-000000000005', '0190163d-8694-7000-8000-0000000000c4', 'web', 'open', 1, '{}', 4, 1700000006000, 1700000006000);
UPDATE ticket_counters SET last_ticket_number = 4 WHERE organization = 'acme';
