-- Rows as the service wrote them when 0011 was the last migration.
INSERT INTO cleanup_positions (task, organization, changed_at_ms, id) VALUES
  ('idempotency_keys', 'acme', 0, 'key:5f70bf18 order-1'),
  ('closed_sessions', '', 0, '');
