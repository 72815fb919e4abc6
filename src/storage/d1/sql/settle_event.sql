-- Stores a try of an event that is taken until ?6, and when the next one is due: nothing if
-- somebody else has taken it meanwhile, unless it has arrived. The last 20 tries are kept,
-- and the answer to the last one.
-- ?1 organization, ?2 endpoint, ?3 time of the event, ?4 its subject, ?5 its seq,
-- ?7 whether it has arrived, ?8 tries so far, ?9 the next one's time, ?10 the try
UPDATE webhook_events SET attempts = ?8, next_at_ms = ?9,
  tries = iif(?10 IS NULL, tries, json_insert(
    iif(json_array_length(tries) < 20, json_remove(tries, '$[#-1].answer'),
      json_remove(tries, '$[#-1].answer', '$[0]')), '$[#]', json(?10)))
WHERE organization = ?1 AND webhook_id = ?2 AND created_at_ms = ?3 AND subject_id = ?4
  AND seq = ?5 AND (?7 OR next_at_ms = ?6)
