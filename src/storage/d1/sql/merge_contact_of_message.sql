-- Merges the contact that a message describes into the one of its session, if the message
-- was just appended and anything would change: into the verified columns where a server
-- sent it and the session is verified, otherwise into the others. The identity never
-- changes, nor does a phone number that is one.
-- ?1 organization, ?2 session, ?3 message, ?4 whether a server sent it, ?5 name,
-- ?6 phone number, ?7 its identity, ?8 custom_data, ?9 now, ?10 limit of
-- non_verified_custom_data in bytes, ?11 limit of custom_data in bytes: what would exceed
-- it is NULL, which the column rejects, and so the whole batch fails
UPDATE contacts SET
  name = merged.name,
  phone_number = merged.phone_number,
  custom_data = merged.custom_data,
  non_verified_name = merged.non_verified_name,
  non_verified_phone_number = merged.non_verified_phone_number,
  non_verified_custom_data = merged.non_verified_custom_data,
  verified_at_ms = merged.verified_at_ms,
  updated_at_ms = ?9
FROM
  (SELECT id,
     iif(vouched_for, coalesce(?5, name), name) AS name,
     iif(vouched_for AND (email IS NOT NULL OR identity IS NULL OR identity = ?7),
       coalesce(?6, phone_number), phone_number) AS phone_number,
     iif(NOT vouched_for, c.custom_data, iif(
       octet_length(json_patch(c.custom_data, ?8)) <= max(?11, octet_length(c.custom_data)),
       json_patch(c.custom_data, ?8), NULL)) AS custom_data,
     iif(vouched_for, non_verified_name, coalesce(?5, non_verified_name)) AS non_verified_name,
     iif(vouched_for OR identity = ?7 OR phone_number = ?6,
       non_verified_phone_number, coalesce(?6, non_verified_phone_number))
       AS non_verified_phone_number,
     iif(vouched_for OR ?8 = '{}', non_verified_custom_data, iif(
       octet_length(json_patch(non_verified_custom_data, ?8)) <= ?10,
       json_patch(non_verified_custom_data, ?8), ?8)) AS non_verified_custom_data,
     coalesce(verified_at_ms, iif(vouched_for, ?9, NULL)) AS verified_at_ms
   FROM
     (SELECT s.contact_id, s.verified AND ?4 AS vouched_for
      FROM sessions AS s
        JOIN entries AS e ON e.organization = ?1 AND e.session_id = ?2 AND e.id = ?3
      WHERE s.organization = ?1 AND s.id = ?2 AND e.seq > s.last_seq) AS linked
     JOIN contacts AS c ON c.organization = ?1 AND c.id = linked.contact_id) AS merged
WHERE contacts.organization = ?1 AND contacts.id = merged.id
  AND (contacts.name, contacts.phone_number, contacts.custom_data, contacts.non_verified_name,
      contacts.non_verified_phone_number, contacts.non_verified_custom_data,
      contacts.verified_at_ms)
    IS NOT (merged.name, merged.phone_number, merged.custom_data, merged.non_verified_name,
      merged.non_verified_phone_number, merged.non_verified_custom_data, merged.verified_at_ms)
