// Messages of the tuned peer: send, and a page of history, for secret keys. What it leaves
// out costs it nothing: tokens and their limits, cursors, contacts of messages, sessions
// that continue a full one.

import type { Context } from "hono";
import { uuidPattern } from "../validators/constants.js";
import { type NewMessage, historyQuery, newMessage } from "./message-rules";
import { type EntryRow, type SessionRow, append, readPage } from "./message-store";
import {
  type Bindings,
  type KeyRecord,
  commonHeaders,
  readJson,
  refusal,
  sha256Hex,
  uuidv7,
} from "./platform";
import { fieldErrors } from "./rules";

type Call = Context<{ Bindings: Bindings; Variables: { key: KeyRecord } }>;

const endOfLog = Number.MAX_SAFE_INTEGER;
const pageMaxBytes = 1024 * 1024;

const invalid = (origin: string | undefined, errors: unknown[]) =>
  refusal(origin, 400, "invalid_request", "Fields break rules.", errors);

const noSession = (origin: string | undefined) =>
  refusal(origin, 404, "session_not_found", "There is no session with this id.");

/** Attachments as they are stored and shown. */
const attachmentsOf = ({ message }: NewMessage) =>
  JSON.stringify(
    message.attachments.map(({ name, url, type, mime_type, size }) => ({
      name,
      url,
      type: mime_type ?? type,
      size,
    })),
  );

/** The beginning of a message, as its session shows it. */
function previewOf({ message }: NewMessage) {
  const shown = message.text || message.attachments[0].name;
  if (shown.length <= 200) return shown;
  const characters = [...shown];
  return characters.length <= 200 ? shown : `${characters.slice(0, 199).join("")}…`;
}

export async function send(context: Call) {
  const origin = context.req.header("Origin");
  const body = await readJson(context.req.raw);
  if (body instanceof Response) return body;
  const parsed = newMessage.safeParse(body.json);
  if (!parsed.success) return invalid(origin, fieldErrors(parsed.error));
  const sessionId = context.req.param("id") ?? "";
  if (!uuidPattern.test(sessionId)) return noSession(origin);
  const request = parsed.data;
  const attachments = attachmentsOf(request);
  const nowMs = Date.now();
  const messageId = request.message.id ?? uuidv7(nowMs);
  const contentHash = await sha256Hex(`${request.sender}\n${attachments}\n${request.message.text}`);
  const { found, isNew } = await append(context.env.DB, {
    organization: context.get("key").org,
    sessionId: sessionId.toLowerCase(),
    messageId,
    entryIds: [uuidv7(nowMs), uuidv7(nowMs)],
    request,
    attachments,
    contentHash,
    preview: previewOf(request),
    nowMs,
  });
  if (!found) return noSession(origin);
  if (found.seq === null) {
    if (found.attributes > 100 || found.attributes_bytes > 65536) {
      return invalid(origin, [{ path: "/custom_data", code: "too_long", message: "too large" }]);
    }
    return refusal(origin, 409, "session_full", "The session has 100,000 entries.");
  }
  if (!isNew && found.content_hash !== contentHash) {
    return refusal(origin, 409, "message_id_reused", "Another message has this id.");
  }
  const headers = commonHeaders(crypto.randomUUID(), origin);
  if (!isNew) headers["Idempotency-Replayed"] = "true";
  const created_at = new Date(found.created_at_ms).toISOString();
  const data = { message: { id: messageId, seq: found.seq, created_at } };
  return Response.json({ success: true, data }, { status: isNew ? 201 : 200, headers });
}

function senderOf(entry: EntryRow, session: SessionRow) {
  if (entry.author === "contact") {
    return {
      type: "contact",
      name: session.verified ? session.name : null,
      non_verified_name: session.given_name ?? undefined,
    };
  }
  return {
    type: entry.author === "ai" ? "ai" : "human_agent",
    id: entry.agent_id ?? undefined,
    name: entry.agent_name,
    avatar_url: entry.avatar_url ?? undefined,
  };
}

function eventOf(entry: EntryRow, session: SessionRow) {
  switch (entry.event) {
    case "message":
      return {
        type: "message",
        sender: senderOf(entry, session),
        content: { type: "text", text: entry.text },
        attachments: JSON.parse(entry.attachments),
      };
    case "handoff":
      return {
        type: "handoff",
        assignee: {
          type: entry.author,
          id: entry.agent_id,
          name: entry.agent_name,
          avatar_url: entry.avatar_url,
        },
      };
    case "redacted":
      return { type: "redacted", redacted_seq: Number(entry.detail) };
    default:
      return { type: entry.event, status: entry.detail ?? "open", by: entry.author };
  }
}

export async function history(context: Call) {
  const origin = context.req.header("Origin");
  const parsed = historyQuery.safeParse(context.req.query());
  if (!parsed.success) return invalid(origin, fieldErrors(parsed.error));
  const { after = 0, before = endOfLog, order, limit } = parsed.data;
  const sessionId = context.req.param("id") ?? "";
  if (!uuidPattern.test(sessionId)) return noSession(origin);
  const { org } = context.get("key");
  const range = { after, before, order, limit };
  const page = await readPage(context.env.DB, org, sessionId.toLowerCase(), range);
  const { session } = page;
  if (!session) return noSession(origin);
  const items = [];
  let characters = 0;
  for (const entry of page.entries) {
    // At most six bytes a character, as "\\u0001": only a large page is measured.
    characters += entry.text.length + entry.attachments.length + 1000;
    const created_at = new Date(entry.created_at_ms).toISOString();
    items.push({ id: entry.id, seq: entry.seq, created_at, event: eventOf(entry, session) });
  }
  if (characters * 6 > pageMaxBytes) cut(items);
  const { last_seq } = session;
  const [first, last] = [items.at(0)?.seq ?? 0, items.at(-1)?.seq ?? 0];
  const [lowest, highest] = [Math.min(first, last), Math.max(first, last)];
  const bound = parsed.data.after !== undefined ? `a${after}` : "";
  const within = bound || (parsed.data.before !== undefined ? `b${before}` : "");
  const following =
    items.length > 0 && highest < Math.min(last_seq, before - 1) ? `f${highest}${within}` : null;
  const preceding = items.length > 0 && lowest > after + 1 ? `p${lowest}${within}` : null;
  const [next, previous] = order === "asc" ? [following, preceding] : [preceding, following];
  const text = JSON.stringify({ items, next, previous, last_seq });
  const tag = `"${(await sha256Hex(text)).slice(0, 32)}"`;
  const headers = commonHeaders(crypto.randomUUID(), origin);
  headers.ETag = tag;
  headers["Cache-Control"] = "no-store, no-transform";
  const known = context.req.header("If-None-Match")?.split(",");
  if (known?.some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === tag)) {
    return new Response(null, { status: 304, headers });
  }
  headers["Content-Type"] = "application/json";
  return new Response(text, { headers });
}

/** Ends a page of history at 1 MiB. */
function cut(items: object[]) {
  const encoder = new TextEncoder();
  let bytes = 0;
  const tooMany = items.findIndex((item, index) => {
    bytes += encoder.encode(JSON.stringify(item)).length;
    return index > 0 && bytes > pageMaxBytes;
  });
  if (tooMany > 0) items.length = tooMany;
}
