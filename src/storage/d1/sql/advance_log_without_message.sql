-- Brings a session up to the last entry of its log, which is a note or a redaction; nothing
-- if it is.
-- ?1 organization, ?2 session, ?3 now
UPDATE sessions SET
  last_seq = log.seq,
  last_message = iif(CAST(log.detail AS INTEGER) = last_message_seq, '', last_message),
  updated_at_ms = max(?3, updated_at_ms + 1)
FROM (SELECT seq, detail FROM entries WHERE organization = ?1 AND session_id = ?2
  ORDER BY seq DESC LIMIT 1) AS log
WHERE organization = ?1 AND id = ?2 AND log.seq > last_seq
