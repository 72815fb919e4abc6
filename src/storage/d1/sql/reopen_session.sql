-- Reopens a session whose log has just got the entry that says so. Not with the rest of a
-- message's update: naming the status there would rewrite its indexes for every message.
-- ?1 organization, ?2 session, ?3 id of the entry
UPDATE sessions SET status = 'open'
WHERE organization = ?1 AND id = ?2 AND status <> 'open' AND EXISTS
  (SELECT 1 FROM entries WHERE organization = ?1 AND session_id = ?2 AND id = ?3)
