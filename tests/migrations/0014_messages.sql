-- Rows as the service wrote them when 0014 was the last migration.
INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
  ticket_number, created_at_ms, updated_at_ms, is_resumable, last_seq, last_message,
  last_message_seq, last_message_at_ms, read_by_contact, unread_by_agent)
VALUES ('globex', '0190163d-8694-7000-8000-00000000000e', NULL, 'web', 'open', 0, '{}',
  3, 1700000015000, 1700000015001, 0, 1, 'Hello', 1, 1700000015001, 1, 1);
INSERT INTO entries (organization, session_id, seq, id, event, author, text, content_hash,
  created_at_ms)
VALUES ('globex', '0190163d-8694-7000-8000-00000000000e', 1,
  '0190163d-8694-7000-8000-0000000000e1', 'message', 'contact', 'Hello', 'hash', 1700000015001);
