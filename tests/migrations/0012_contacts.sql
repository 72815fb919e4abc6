-- Rows as the service wrote them when 0012 was the last migration.
INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, is_resumable, idempotency_key) VALUES
  ('acme', '0190163d-8694-7000-8000-00000000000b', '0190163d-8694-7000-8000-0000000000c4', 'slack', 'open', 1, '{}', 10, 1700000012000, 1700000012000, 0, 'secret:tenth');
UPDATE ticket_counters SET last_ticket_number = 10 WHERE organization = 'acme';
INSERT INTO idempotency_keys (organization, key, fingerprint, session_id, created_at_ms, is_resumed) VALUES
  ('acme', 'secret:tenth', 'f', '0190163d-8694-7000-8000-00000000000b', 1700000012000, 0),
  ('acme', 'secret:resumed-again', 'f', '0190163d-8694-7000-8000-000000000007', 1700000012000, 1);
