// The tuned peer answers as ours does to sends and reads of history, for what it covers,
// and stores the same rows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "../../bench/start.mjs";
import { usageOfMessages } from "../../bench/usage.mjs";

const names = ["chat-sessions", "hono, tuned"];
const contact = { name: "Ann Lee", email: "ann@example.com" };
const ben = { id: "agent-7", name: "Ben Okafor", avatar_url: "https://example.com/ben.png" };
const file = { name: "a.pdf", url: "https://files.example.com/a.pdf" };
const idAt = (index) => `0190163d-8694-739b-aea5-${String(index).padStart(12, "0")}`;

/** @type {any[]} */
let runtimes;
before(async () => {
  runtimes = await Promise.all(names.map((name) => start(name, "counted")));
});
after(() => Promise.all(runtimes.map((runtime) => runtime.stop())));

async function call({ url, secret }, method, path, body, headers = {}) {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      Authorization: `Bearer ${secret}`,
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    answer: text === "" ? null : JSON.parse(text),
    replayed: response.headers.get("Idempotency-Replayed"),
    etag: response.headers.get("ETag"),
  };
}

async function query({ url }, sql) {
  const response = await fetch(new URL("/sql", url), { method: "POST", body: sql });
  return response.json();
}

/** An answer without ids, times, and the wording of errors, which are each one's own. */
function comparable({ status, answer, replayed, etag }) {
  const text = JSON.stringify(answer, (key, value) => {
    if (key === "created_at" || key === "request_id" || key === "message_text") return typeof value;
    if (key === "id" && !String(value).startsWith("agent-")) return typeof value;
    if (key === "errors") return value.map(({ path }) => path).toSorted();
    return key === "message" && typeof value === "string" ? "…" : value;
  });
  return { status, answer: JSON.parse(text), replayed, hasTag: etag !== null };
}

/** Plays the same steps on each; compares every answer, and then the rows. */
async function assertSame(steps) {
  const played = [];
  for (const runtime of runtimes) {
    const created = await call(runtime, "POST", "/chat/sessions", { contact });
    const id = created.answer.id;
    const answers = [];
    for (const step of steps) {
      if (step.sql) await query(runtime, step.sql.replaceAll("{id}", id));
      else {
        const path = `/chat/sessions/${step.session ?? id}${step.path ?? "/send"}`;
        answers.push(comparable(await call(runtime, step.body ? "POST" : "GET", path, step.body)));
      }
    }
    const session = await query(
      runtime,
      `SELECT status, last_seq, last_message, last_message_seq, read_by_contact, read_by_agent,
         unread_by_contact, unread_by_agent, assignee, assignee_id, assignee_name,
         assignee_avatar_url, custom_data FROM sessions WHERE id = '${id}'`,
    );
    const entries = await query(
      runtime,
      `SELECT seq, event, author, agent_id, agent_name, avatar_url, text, attachments,
         content_hash FROM entries WHERE session_id = '${id}' ORDER BY seq`,
    );
    played.push({ answers, session, entries });
  }
  const [own, theirs] = played;
  assert.deepEqual(theirs, own);
  return own;
}

const message = (text, more = {}) => ({ sender: "contact", message: { text }, ...more });

test("a conversation: contact, ai, agent, a handoff, a reopening", async () => {
  const { answers, entries } = await assertSame([
    { body: message("Where is my order?") },
    { body: message("It left today.", { sender: "ai", agent: { id: "agent-0", name: "Bot" } }) },
    { body: message("Thank you") },
    { body: message("Ben here.", { sender: "agent", agent: ben }) },
    {
      body: message("I take over.", {
        sender: "agent",
        agent: ben,
        should_take_over_session_from_ai: true,
      }),
    },
    { sql: "UPDATE sessions SET status = 'closed_resolved' WHERE id = '{id}'" },
    { body: message("Their id may be a number.", { sender: "agent", agent: { ...ben, id: 7 } }) },
    { body: message("An agent's does not reopen.", { sender: "agent", agent: { name: "Eve" } }) },
    { body: message("😀".repeat(300), { custom_data: { plan: "pro", seats: 3 } }) },
    { path: "/history" },
  ]);
  assert.deepEqual(
    entries.map(({ event }) => event),
    [
      ...["message", "message", "message", "message", "handoff", "message", "message", "message"],
      ...["session_reopened", "message"],
    ],
  );
  assert.equal(answers.at(-1).answer.last_seq, 10);
});

test("an id is one message: a retry is replayed, another content refused", async () => {
  const { answers } = await assertSame([
    { body: { sender: "contact", message: { id: idAt(1), text: "Hello" } } },
    { body: { sender: "contact", message: { id: idAt(1).toUpperCase(), text: "Hello" } } },
    { body: { sender: "contact", message: { id: idAt(1), text: "Goodbye" } } },
    { body: { sender: "contact", message: { id: idAt(1), text: "Hello", attachments: [file] } } },
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 200, 409, 409],
  );
});

test("attachments, and sessions that are full or nowhere", async () => {
  const { answers } = await assertSame([
    { body: { sender: "agent", message: { attachments: [{ ...file, type: "text/plain" }] } } },
    { body: { sender: "agent", message: { attachments: [{ ...file, size: 3 }], text: "" } } },
    { path: "/history?order=desc" },
    { session: idAt(2), body: message("Hello") },
    { session: idAt(2), path: "/history" },
    { session: "none", body: message("Hello") },
    { sql: "UPDATE sessions SET last_seq = 100000 WHERE id = '{id}'" },
    { body: message("Hello", { sender: "agent" }) },
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 200, 404, 404, 404, 409],
  );
});

test("what breaks a rule names the same fields", async () => {
  const faulty = [
    { sender: "contact" },
    { message: { text: "Hello" } },
    { sender: "bot", message: {} },
    message(" \n"),
    message(""),
    message("😀".repeat(8001)),
    message(5),
    { sender: "contact", message: { id: "1", type: "html", text: "Hello" } },
    message("Hello", { agent: ben }),
    message("Hello", { sender: "agent", agent: { name: " ", avatar_url: "http://example.com" } }),
    message("Hello", { custom_data: { a: null } }),
    message("Hello", { should_take_over_session_from_ai: "yes" }),
    ...[
      { ...file, url: "http://files.example.com/a.pdf" },
      { ...file, url: "https://ann:secret@files.example.com/" },
      { ...file, name: " ", size: -1 },
      { name: "a.pdf", base64: "AAAA" },
    ].map((attachment) => ({
      sender: "contact",
      message: { text: "See:", attachments: [attachment] },
    })),
    {
      sender: "contact",
      message: { text: "See:", attachments: Array.from({ length: 11 }, () => file) },
    },
  ];
  const { answers } = await assertSame([
    ...faulty.map((body) => ({ body })),
    ...["after=x", "before=-1", "order=up", "limit=0", "limit=101", "after=1&before=3"].map(
      (each) => ({ path: `/history?${each}` }),
    ),
    { body: message("😀".repeat(8000)) },
  ]);
  assert.equal(answers.at(-1).status, 201);
  assert.ok(answers.slice(0, -1).every(({ status }) => status === 400));
});

test("every range, order and size of a page, and pages of 1 MiB", async () => {
  const queries = ["", "order=desc", "limit=3", "order=desc&limit=3", "after=4", "before=4"];
  queries.push("after=2&limit=3", "before=9&limit=3&order=desc", "after=20", "before=1");
  const { answers } = await assertSame([
    ...Array.from({ length: 12 }, (_, index) => ({ body: message(`Message ${index}`) })),
    ...queries.map((each) => ({ path: `/history?${each}` })),
    ...Array.from({ length: 60 }, () => ({ body: message("\u0001".repeat(8000)) })),
    { path: "/history?limit=100" },
  ]);
  const { items, next } = answers.at(-1).answer;
  assert.ok(items.length < 72 && next === `f${items.length}`);
});

test("the page that a reader has is not sent again", async () => {
  for (const runtime of runtimes) {
    const { answer } = await call(runtime, "POST", "/chat/sessions", {});
    const path = `/chat/sessions/${answer.id}`;
    await call(runtime, "POST", `${path}/send`, message("Hello"));
    const { etag } = await call(runtime, "GET", `${path}/history`);
    const known = { "If-None-Match": `"other", W/${etag}` };
    assert.equal((await call(runtime, "GET", `${path}/history`, undefined, known)).status, 304);
    await call(runtime, "POST", `${path}/send`, message("Hello again"));
    assert.equal((await call(runtime, "GET", `${path}/history`, undefined, known)).status, 200);
  }
});

test("a send is one round trip and five rows written; a page reads its own rows", async () => {
  const [own, theirs] = await Promise.all(names.map(usageOfMessages));
  assert.equal(own.send.round_trips, 1);
  assert.ok(own.send.rows_written <= 5, JSON.stringify(own));
  assert.ok(own.send.rows_written <= theirs.send.rows_written, JSON.stringify({ own, theirs }));
  assert.equal(own.history.round_trips, 1);
  assert.ok(own.history.rows_read <= theirs.history.rows_read, JSON.stringify({ own, theirs }));
});
