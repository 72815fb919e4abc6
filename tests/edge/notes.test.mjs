// Notes: what they cost, where they do not fit, and that nobody but agents is ever told what
// is in one, over any transport.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { assertNothingHalfWritten } from "../support/ledger.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

const origin = "https://shop.example.com";
/** The text and the author of every note here: nothing else has these. */
const secret = "between-us-4711";
const author = "Ben-the-agent";

const ask = async (expected, request) => {
  const answer = await send(runtime.baseUrl, { token: runtime.keys.secret, ...request });
  assert.equal(answer.status, expected, answer.text);
  return answer;
};
const newSession = async (request = {}) => (await ask(201, { body: {}, ...request })).body.id;
const addNote = (session, body = {}, expected = 201) =>
  ask(expected, {
    path: `/chat/sessions/${session}/notes`,
    body: { text: secret, agent: { id: author, name: author }, ...body },
  });
const say = (session, text) =>
  ask(201, {
    path: `/chat/sessions/${session}/send`,
    body: { sender: "agent", message: { text } },
  });

async function assertCost(answer, written, what) {
  const { round_trips, rows_read, rows_written } = await runtime.usage(answer);
  assert.deepEqual({ round_trips, rows_written }, { round_trips: 1, rows_written: written }, what);
  assert.ok(rows_read <= 13, `${what}: ${rows_read} rows read`);
}

test("a note is one round trip and four rows, and what is not stored writes nothing", async () => {
  const session = await newSession();
  const id = randomUUID();
  await assertCost(await addNote(session, { id }), 4, "the first one");
  await assertCost(await addNote(session), 4, "the second one");
  await say(session, "Hello");
  await assertCost(await addNote(session), 4, "one behind a message");
  await assertCost(await addNote(session, { id }, 200), 0, "a retry");
  await assertCost(await addNote(session, { id, text: "Other" }, 409), 0, "another's id");
  await assertCost(await addNote(randomUUID(), {}, 404), 0, "no session");
  const refused = await addNote(session, { text: " " }, 400);
  assert.equal((await runtime.usage(refused)).round_trips, 0);
  const redacted = await ask(204, { path: `/chat/sessions/${session}/messages/${id}/redact` });
  await assertCost(redacted, 5, "a redaction");
});

test("notes that race with messages, retries, read marks and redactions leave no gap", async () => {
  const session = await newSession();
  const path = `/chat/sessions/${session}`;
  const ids = Array.from({ length: 30 }, () => randomUUID());
  await addNote(session, { id: ids[0] });
  const answers = await Promise.all(
    ids.flatMap((id, n) => [
      send(runtime.baseUrl, {
        token: runtime.keys.secret,
        path: `${path}/notes`,
        body: { id, text: secret },
      }),
      send(runtime.baseUrl, {
        token: runtime.keys.secret,
        path: `${path}/notes`,
        body: { id, text: secret },
      }),
      say(session, `${n}`),
      ask(204, { path: `${path}/read`, body: { seq: n } }),
      ...(n % 10 ? [] : [ask(204, { path: `${path}/messages/${ids[0]}/redact` })]),
    ]),
  );
  const count = (status) => answers.filter((answer) => answer.status === status).length;
  assert.equal(count(201), 29 + 30, "each note once, and each message");
  assert.equal(count(200), 31, "all others are retries");
  await assertNothingHalfWritten(runtime);
});

test("a full session takes no note", async () => {
  const session = await newSession();
  await say(session, "Hello");
  const id = randomUUID();
  await addNote(session, { id });
  await runtime.execute("UPDATE sessions SET last_seq = 99999 WHERE id = ?", session);
  const { body } = await addNote(session);
  assert.equal(body.data.message.seq, 100_000);
  const full = await addNote(session, {}, 409);
  assert.equal(full.body.code, "session_full");
  await assertCost(full, 0, "one too many");
  await addNote(session, { id }, 200);
  await ask(204, { method: "DELETE", path: `/chat/sessions/${session}` });
});

/** Collects what a WebSocket is sent, as text. */
async function openSocket(t, session, token, headers = {}) {
  const url = `${runtime.baseUrl.replace("http", "ws")}/chat/sessions/${session}/events`;
  const protocols = ["chat-sessions.v1", `bearer.${token}`];
  // Node's own has headers, which its types do not know.
  const socket = new WebSocket(url, /** @type {any} */ ({ protocols, headers }));
  const frames = [];
  socket.addEventListener("message", ({ data }) => frames.push(data));
  t.after(() => socket.close());
  await once(() => frames.length > 0);
  return frames;
}

/** Collects the data of server-sent events, as text. */
async function openStream(t, session, token, headers = {}) {
  const ending = new AbortController();
  t.after(() => ending.abort());
  const response = await fetch(`${runtime.baseUrl}/chat/sessions/${session}/events`, {
    headers: { Accept: "text/event-stream", Authorization: `Bearer ${token}`, ...headers },
    signal: ending.signal,
  });
  assert.equal(response.status, 200);
  const frames = [];
  const read = async () => {
    let text = "";
    for await (const bytes of /** @type {any} */ (response.body)) {
      text += Buffer.from(bytes).toString();
      const events = text.split("\n\n");
      text = /** @type {string} */ (events.pop());
      frames.push(...events.filter((event) => event.includes("data: ")));
    }
  };
  read().catch((error) => ending.signal.aborted || assert.fail(error));
  await once(() => frames.length > 0);
  return frames;
}

async function once(isTrue) {
  const endMs = Date.now() + 10_000;
  while (!isTrue()) {
    assert.ok(Date.now() < endMs, "waited for 10 seconds");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const entriesOf = (frames) =>
  frames
    .map((frame) => JSON.parse(frame.replace(/^[^{]*/, "")))
    .filter(({ seq, data }) => seq && data)
    .map(({ type, data }) => [type, data]);

for (const who of ["contact", "visitor"]) {
  test(`a ${who} is told that there is a note, and nothing of it, over every transport`, async (t) => {
    const headers = who === "visitor" ? { Origin: origin } : {};
    const { token } = (
      await (who === "visitor"
        ? ask(201, {
            path: "/widget/visitors",
            method: "POST",
            token: runtime.keys.publishable,
            headers,
          })
        : ask(201, { path: "/widget/authenticate-user", body: { email: "told@example.com" } }))
    ).body;
    const session = await newSession({ token, headers });
    const agentsToken = (
      await ask(201, { path: "/agents/tokens", body: { id: author, name: author } })
    ).body.token;
    await say(session, "Hello");
    const early = randomUUID();
    await addNote(session, { id: early });
    const others = [
      await openSocket(t, session, agentsToken),
      await openStream(t, session, runtime.keys.secret),
    ];
    const own = [
      await openSocket(t, session, token, headers),
      await openStream(t, session, token, headers),
    ];
    await addNote(session);
    await ask(204, { path: `/chat/sessions/${session}/messages/${early}/redact` });
    await addNote(session, { agent: undefined, id: randomUUID() });
    await say(session, "That is all");
    await once(() => [...own, ...others].every((frames) => entriesOf(frames).length === 6));

    const all = (await ask(200, { method: "GET", path: `/chat/sessions/${session}/history` })).body;
    for (const frames of others) {
      const entries = entriesOf(frames).map(([type, entry]) => [type, entry.event.type]);
      assert.deepEqual(entries, [
        ["message.created", "message"],
        ["session.updated", "note"],
        ["session.updated", "note"],
        ["session.updated", "redacted"],
        ["session.updated", "note"],
        ["message.created", "message"],
      ]);
      // Redacted or not, by when it is read: what comes later is whole.
      assert.deepEqual(entriesOf(frames)[2][1], all.items[2]);
      assert.equal(all.items[2].event.content.text, secret);
    }
    const history = await ask(200, {
      method: "GET",
      path: `/chat/sessions/${session}/history`,
      token,
      headers,
    });
    const hello = await ask(200, {
      method: "GET",
      path: `/chat/sessions/${session}`,
      token,
      headers,
    });
    for (const frames of own) {
      assert.deepEqual(
        entriesOf(frames).map(([, entry]) => entry),
        history.body.items,
      );
      assert.deepEqual(
        history.body.items.map(({ seq, event }) => [seq, event.type]),
        [1, 2, 3, 4, 5, 6].map((seq) => [seq, seq === 1 || seq === 6 ? "message" : "internal"]),
      );
    }
    for (const { event } of history.body.items.slice(1, 5)) {
      assert.deepEqual(event, { type: "internal" });
    }
    for (const text of [...own.flat(), history.text, hello.text]) {
      assert.ok(!text.includes(secret) && !text.includes(author), text);
    }
  });
}
