// The log of a session in D1, for the tuned peer: one batch appends a message, one reads a
// page.

import type { NewMessage } from "./message-rules";

const appendSql = `
  WITH
    s AS MATERIALIZED (SELECT * FROM sessions WHERE organization = ?1 AND id = ?2),
    entry (place, id, event, author) AS (
      SELECT 1, ?3, 'session_reopened', 'contact' FROM s WHERE ?6 = 'contact' AND status <> 'open'
      UNION ALL SELECT 2, ?4, 'handoff', ?7 FROM s WHERE ?7 IS NOT NULL
        AND (assignee <> ?7 OR assignee_id IS NOT ?8 OR assignee_name IS NOT ?9)
      UNION ALL SELECT 3, ?5, 'message', ?6 FROM s)
  INSERT INTO entries (organization, session_id, seq, id, event, author, agent_id, agent_name,
    avatar_url, text, attachments, content_hash, created_at_ms)
  SELECT ?1, ?2, s.last_seq + row_number() OVER (ORDER BY place), entry.id, event, author,
    iif(place = 1, NULL, ?8), iif(place = 1, NULL, ?9), iif(place = 1, NULL, ?10),
    iif(place = 3, ?11, ''), iif(place = 3, ?12, '[]'), iif(place = 3, ?13, NULL),
    max(?14, coalesce((SELECT created_at_ms FROM entries
      WHERE organization = ?1 AND session_id = ?2 AND seq = s.last_seq), 0))
  FROM s, entry
  WHERE NOT EXISTS
      (SELECT 1 FROM entries WHERE organization = ?1 AND session_id = ?2 AND id = ?5)
    AND s.last_seq + (SELECT count(*) FROM entry) <= 100000
    AND (?15 = '{}'
      OR ((SELECT count(*) FROM json_each(json_patch(s.custom_data, ?15))) <= 100
        AND octet_length(json_patch(s.custom_data, ?15)) <= 65536))`;

/** Apart, because naming the status rewrites its indexes. */
const reopenSql = `
  UPDATE sessions SET status = 'open'
  WHERE organization = ?1 AND id = ?2 AND status <> 'open' AND EXISTS
    (SELECT 1 FROM entries WHERE organization = ?1 AND session_id = ?2 AND id = ?3)`;

/** True if the sender becomes the assignee. */
const answers = `(?7 IS NOT NULL AND (?11 OR assignee = 'none'
      OR (assignee = 'human' AND ?7 = 'human' AND coalesce(?8, ?9) IS NOT NULL)))`;

const advanceSql = `
  UPDATE sessions SET
    last_seq = log.seq,
    last_message = ?4,
    last_message_seq = log.seq,
    last_message_at_ms = log.created_at_ms,
    read_by_contact = iif(?3 = 'contact', log.seq, read_by_contact),
    read_by_agent = iif(?3 = 'contact', read_by_agent, log.seq),
    unread_by_contact = iif(?3 = 'contact', 0, min(unread_by_contact + 1, 100)),
    unread_by_agent = iif(?3 = 'contact', min(unread_by_agent + 1, 100), 0),
    custom_data = iif(?6 = '{}', custom_data, json_patch(custom_data, ?6)),
    assignee = iif(${answers}, ?7, assignee),
    assignee_id = iif(${answers}, ?8, assignee_id),
    assignee_name = iif(${answers}, ?9, assignee_name),
    assignee_avatar_url = iif(${answers}, ?10, assignee_avatar_url),
    updated_at_ms = max(?5, updated_at_ms + 1)
  FROM (SELECT seq, created_at_ms FROM entries WHERE organization = ?1 AND session_id = ?2
    ORDER BY seq DESC LIMIT 1) AS log
  WHERE organization = ?1 AND id = ?2 AND log.seq > last_seq`;

const findSql = `
  SELECT e.seq, e.created_at_ms, e.content_hash,
    iif(?4 = '{}', 0, (SELECT count(*) FROM json_each(json_patch(s.custom_data, ?4))))
      AS attributes,
    iif(?4 = '{}', 0, octet_length(json_patch(s.custom_data, ?4))) AS attributes_bytes
  FROM sessions AS s
    LEFT JOIN entries AS e ON e.organization = ?1 AND e.session_id = ?2 AND e.id = ?3
  WHERE s.organization = ?1 AND s.id = ?2`;

export interface Append {
  organization: string;
  sessionId: string;
  messageId: string;
  /** Ids of the entries that can precede the message. */
  entryIds: [string, string];
  request: NewMessage;
  attachments: string;
  contentHash: string;
  preview: string;
  nowMs: number;
}

/** The session, with the message if it has it. */
interface Found {
  seq: number | null;
  created_at_ms: number;
  content_hash: string;
  attributes: number;
  attributes_bytes: number;
}

/** Appends a message; returns what is stored, and whether it is new. */
export async function append(db: D1Database, message: Append) {
  const { organization, sessionId, messageId, nowMs, request } = message;
  const { sender, agent, should_take_over_session_from_ai: takesOver } = request;
  const customData = JSON.stringify(request.custom_data);
  const kind = { contact: null, agent: "human", ai: "ai" }[sender];
  const by = [agent?.id ?? null, agent?.name ?? null, agent?.avatar_url ?? null];
  const reopening = db.prepare(reopenSql).bind(organization, sessionId, message.entryIds[0]);
  const results = await db.batch<Found>([
    db
      .prepare(appendSql)
      .bind(
        organization,
        sessionId,
        ...message.entryIds,
        messageId,
        sender,
        takesOver ? kind : null,
        ...by,
        request.message.text,
        message.attachments,
        message.contentHash,
        nowMs,
        customData,
      ),
    ...(sender === "contact" ? [reopening] : []),
    db
      .prepare(advanceSql)
      .bind(
        organization,
        sessionId,
        sender,
        message.preview,
        nowMs,
        customData,
        kind,
        ...by,
        takesOver ? 1 : 0,
      ),
    db.prepare(findSql).bind(organization, sessionId, messageId, customData),
  ]);
  return { found: results.at(-1)?.results.at(0), isNew: results[0].meta.changes > 0 };
}

const sessionSql = `
  SELECT s.last_seq, s.verified, s.given_name, c.name
  FROM sessions AS s
    LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
  WHERE s.organization = ?1 AND s.id = ?2`;

const listSql = (order: "" | "DESC") => `
  SELECT seq, id, event, author, agent_id, agent_name, avatar_url, text, attachments, detail,
    created_at_ms
  FROM entries
  WHERE organization = ?1 AND session_id = ?2 AND seq > ?3 AND seq < ?4
  ORDER BY seq ${order} LIMIT ?5`;
const lists = { asc: listSql(""), desc: listSql("DESC") };

export interface SessionRow {
  last_seq: number;
  verified: number;
  name: string | null;
  given_name: string | null;
}

export interface EntryRow {
  seq: number;
  id: string;
  event: string;
  author: string;
  agent_id: string | null;
  agent_name: string | null;
  avatar_url: string | null;
  text: string;
  attachments: string;
  detail: string | null;
  created_at_ms: number;
}

/** Reads a session and a page of its log. */
export async function readPage(
  db: D1Database,
  organization: string,
  sessionId: string,
  page: { after: number; before: number; order: "asc" | "desc"; limit: number },
) {
  const [session, entries] = await db.batch<unknown>([
    db.prepare(sessionSql).bind(organization, sessionId),
    db
      .prepare(lists[page.order])
      .bind(organization, sessionId, page.after, page.before, page.limit),
  ]);
  return {
    session: session.results.at(0) as SessionRow | undefined,
    entries: entries.results as EntryRow[],
  };
}
