-- Rows as the service wrote them when 0015 was the last migration.
INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, is_of_visitor, body_bytes, visitor_id)
VALUES ('globex', '0190163d-8694-7000-8000-00000000000f', NULL, 'web', 'open', 0, '{}',
  4, 1700000016000, 1700000016000, 1, 2, '0190163d-8694-7000-8000-0000000000f1');
INSERT INTO agent_revocations (organization, agent_id, revoked_at_ms)
VALUES ('globex', 'ben', 1700000016000);
