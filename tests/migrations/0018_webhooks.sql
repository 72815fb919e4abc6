-- Rows as the service wrote them when 0019 was the last migration.
INSERT INTO webhooks (organization, id, url, events, description, format, status,
  disabled_reason, secret, previous_secrets, failing_since_ms,
  created_at_ms, updated_at_ms)
VALUES ('globex', '0190163d-8694-7000-8000-0000000000d1', 'https://hooks.example.com/in',
  '["message.created","session.created"]', 'The bot', 'standard', 'disabled', 'gone',
  'whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=',
  '[{"secret":"whsec_AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=","until_ms":1700000019500}]',
  1700000019200, 1700000019000, 1700000019300);
