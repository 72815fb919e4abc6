-- Rows as the service wrote them when 0020 was the last migration.
INSERT INTO webhook_events (organization, webhook_id, created_at_ms, subject_id, seq, type,
  attempts, next_at_ms, tries)
VALUES ('globex', '0190163d-8694-7000-8000-0000000000d1', 1700000020000,
  '0190163d-8694-7000-8000-00000000000f', 1, 'message.created', 1, NULL,
  '[{"attempt":1,"at_ms":1700000020100,"duration_ms":84,"status":410,"failure":null,"answer":"gone"}]');
