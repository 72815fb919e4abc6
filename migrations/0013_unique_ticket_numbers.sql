-- Sessions that share a ticket number, because a Worker ran without the trigger of 0007:
-- the oldest keeps it, the others get the numbers after their organization's last one.
-- That is a change of theirs, so whoever follows changes sees it.
UPDATE sessions SET
  ticket_number = repeated.number,
  updated_at_ms = max(updated_at_ms + 1, CAST(unixepoch('subsec') * 1000 AS INTEGER))
FROM
  (SELECT numbered.organization, id,
     max(last, coalesce(last_ticket_number, 0))
     + row_number() OVER (PARTITION BY numbered.organization ORDER BY id) AS number
   FROM
     (SELECT organization, id,
        row_number() OVER (PARTITION BY organization, ticket_number ORDER BY id) AS position,
        max(ticket_number) OVER (PARTITION BY organization) AS last
      FROM sessions) AS numbered
     LEFT JOIN ticket_counters USING (organization)
   WHERE position > 1) AS repeated
WHERE sessions.organization = repeated.organization AND sessions.id = repeated.id;

INSERT INTO ticket_counters (organization, last_ticket_number)
  SELECT organization, max(ticket_number) FROM sessions WHERE true GROUP BY organization
ON CONFLICT (organization) DO UPDATE SET last_ticket_number = excluded.last_ticket_number
  WHERE excluded.last_ticket_number > last_ticket_number;

-- One number, one session. Creates name this index, so that a Worker whose database is
-- older fails instead of giving a number twice.
CREATE UNIQUE INDEX sessions_by_ticket_number ON sessions (organization, ticket_number);
