-- Deletes the oldest ?3 entries of a session's log, which has no gap.
-- ?1 organization, ?2 session
DELETE FROM entries WHERE organization = ?1 AND session_id = ?2 AND seq <
  (SELECT min(seq) FROM entries WHERE organization = ?1 AND session_id = ?2) + ?3
