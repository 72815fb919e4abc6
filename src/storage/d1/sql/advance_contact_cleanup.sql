-- Stores and returns the place behind the ?5 contacts that follow ?2 and ?4; the
-- beginning, '', if fewer follow.
-- ?1 task, ?2 organization, ?3 0, ?4 contact
INSERT INTO cleanup_positions (task, organization, changed_at_ms, id)
SELECT ?1, coalesce(last.organization, ''), ?3, coalesce(last.id, '')
FROM (SELECT 1) LEFT JOIN
  (SELECT organization, id FROM contacts
   WHERE (organization, id) > (?2, ?4)
   ORDER BY organization, id LIMIT 1 OFFSET ?5 - 1) AS last ON TRUE
WHERE TRUE
ON CONFLICT (task) DO UPDATE SET organization = excluded.organization,
  changed_at_ms = excluded.changed_at_ms, id = excluded.id
RETURNING organization, changed_at_ms, id
