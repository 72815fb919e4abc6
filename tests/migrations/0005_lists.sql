-- Rows as the service wrote them when 0005 was the last migration.
INSERT INTO sessions VALUES
  ('acme', '0190163d-8694-7000-8000-000000000006', NULL, 'sms', 'closed_unresolved', 0, '{}', 5, 1700000007000, 1700000008000);
UPDATE ticket_counters SET last_ticket_number = 5 WHERE organization = 'acme';
