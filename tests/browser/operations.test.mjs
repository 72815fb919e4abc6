// The package's operations of a server, in Node.js, against the real service.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "../../pkg/dist/index.js";
import { startRuntime } from "../support/runtime.mjs";

let runtime;
let client;
let ann;
before(async () => {
  runtime = await startRuntime();
  client = createClient({ baseUrl: runtime.baseUrl, token: runtime.keys.secret });
  ann = await client.authenticateUser({
    email: "ann@example.com",
    name: "Ann",
    customData: { a: 1 },
  });
});
after(() => runtime?.stop());

/** Replaces `fetch` for a test; `answer(request, send)` responds in its place. */
function intercept(t, answer) {
  const { fetch } = globalThis;
  t.after(() => (globalThis.fetch = fetch));
  globalThis.fetch = (request) => answer(request, fetch);
}

const failure = (statusCode, code) =>
  Response.json(
    { statusCode, code, message: code, error: "", request_id: "r" },
    { status: statusCode, headers: { "Retry-After": "0" } },
  );

const newSession = () => client.createSession({ contact_id: ann.contact.id });

test("a session is closed, and only as it was read if its etag says so", async () => {
  const { id } = await newSession();
  const { etag, ...session } = await client.getSession(id);
  assert.match(etag, /^".+"$/);
  assert.equal(session.status, "open");
  const closed = await client.updateSession(id, { status: "closed_resolved" }, { ifMatch: etag });
  assert.equal(closed.status, "closed_resolved");
  assert.notEqual(closed.etag, etag);
  const late = client.updateSession(id, { status: "open" }, { ifMatch: etag });
  await assert.rejects(late, { code: "precondition_failed", status: 412 });
  assert.equal((await client.updateSession(id, { status: "open" })).status, "open");
  assert.equal((await client.updateSession(id, {}, { ifMatch: null })).status, "open");
  const wrong = client.updateSession(id, {}, { ifMatch: 7 });
  await assert.rejects(wrong, { code: "invalid_options" });
});

test("what breaks a rule of the core is never sent", async (t) => {
  intercept(t, () => assert.fail("a request"));
  const id = "0190163d-8694-739b-aea5-966c26f8ad91";
  for (const [call, errors] of [
    [client.updateSession(id, { status: "ajar" }), ["/status unknown_value"]],
    [
      client.authenticateUser({ email: "ann@", expires_in: 0.5 }),
      ["/email invalid_format", "/expires_in out_of_range"],
    ],
    [
      client.authenticateUser({ custom_data: { a: NaN } }),
      ["/email required", "/custom_data/a not_finite"],
    ],
    [
      client.sendMessage(id, { sender: "bot", id: "42", text: " ", attachments: [{ size: -1 }] }),
      [
        "/sender unknown_value",
        "/attachments/0/name required",
        "/attachments/0/url required",
        "/attachments/0/size out_of_range",
        "/id invalid_format",
        "/text invalid_format",
      ],
    ],
    [client.sendMessage(id, {}), ["/text required"]],
    [client.addNote(id, {}), ["/text required"]],
    [
      client.addNote(id, { text: "x".repeat(8001), id: "42", agent: { id: 7 } }),
      ["/text too_long", "/id invalid_format", "/agent/name required"],
    ],
  ]) {
    const error = await call.catch((error) => error);
    assert.equal(error.code, "invalid_request");
    assert.deepEqual(
      error.errors.map(({ path, code }) => `${path} ${code}`),
      errors,
    );
    assert.ok(error.message.startsWith(errors[0].split(" ")[0]), error.message);
  }
  for (const value of [undefined, null, [], "open", new Map()]) {
    await assert.rejects(client.updateSession(id, value), { code: "malformed_json" });
    await assert.rejects(client.sendMessage(id, value), { code: "malformed_json" });
    await assert.rejects(client.addNote(id, value), { code: "malformed_json" });
    await assert.rejects(client.authenticateUser(value), { code: "malformed_json" });
  }
  for (const value of [undefined, null, "", ".", "..", 7, {}]) {
    const names = ["getSession", "updateSession", "sendMessage", "addNote", "history"];
    for (const name of [...names, "deleteContact"]) {
      await assert.rejects(client[name](value, {}), { code: "invalid_options" });
    }
  }
  const large = {
    email: "ann@example.com",
    custom_data: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [n, "x".repeat(4096)])),
  };
  await assert.rejects(client.authenticateUser(large), { code: "body_too_large" });
});

test("a person's token works, until their tokens are revoked", async () => {
  const { token, contact } = await client.authenticateUser({
    email: "bob@example.com",
    expires_in: 600,
  });
  const bob = createClient({ baseUrl: runtime.baseUrl, token });
  const { id } = await bob.createSession({});
  assert.equal((await bob.getSession(id)).contact.id, contact.id);
  assert.equal(await client.revokeTokens(contact.id), undefined);
  await assert.rejects(bob.getSession(id), { code: "invalid_token" });
});

test("an agent's token answers and closes, until the agent's tokens are revoked", async () => {
  const { token, agent } = await client.createAgentToken({ id: "ben/1", name: "Ben" });
  assert.deepEqual(agent, { id: "ben/1", name: "Ben" });
  const ben = createClient({ baseUrl: runtime.baseUrl, token });
  const { id } = await newSession();
  await ben.sendMessage(id, { text: "Hello, Ann" });
  const [entry] = await Array.fromAsync(ben.messages(id));
  assert.deepEqual(entry.event.sender, { type: "human_agent", id: "ben/1", name: "Ben" });
  assert.equal((await ben.updateSession(id, { status: "closed_resolved" })).assignee.name, "Ben");
  assert.equal(await client.revokeAgentTokens("ben/1"), undefined);
  await assert.rejects(ben.getSession(id), { code: "invalid_token" });
  await assert.rejects(client.createAgentToken({ name: " " }), { code: "invalid_request" });
});

test("a note is added once, is seen by agents, and is a place to everybody else", async () => {
  const { id } = await newSession();
  const login = await client.createAgentToken({ id: "note/1", name: "Ben" });
  const ben = createClient({ baseUrl: runtime.baseUrl, token: login.token });
  const note = { id: "5f2c7a4e-9d0b-4b8e-8a36-1f6f0f3f2f10", text: "Refund approved 😀" };
  const first = await ben.addNote(id, note);
  assert.deepEqual([first.id, first.seq], [note.id, 1]);
  assert.deepEqual(await client.addNote(id, note), { ...first, replayed: true });
  await assert.rejects(ben.addNote(id, { ...note, text: "!" }), { code: "message_id_reused" });
  const second = await client.addNote(id, { text: "Paid", agent: { name: "Bo" }, id: undefined });
  assert.match(second.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
  const { items } = await ben.history(id);
  assert.deepEqual(
    items.map(({ event }) => [event.type, event.author.name, event.content.text]),
    [
      ["note", "Ben", note.text],
      ["note", "Bo", "Paid"],
    ],
  );
  assert.deepEqual(await Array.fromAsync(ben.messages(id)), []);
});

test("a retry of a note after a lost answer makes no second note", async (t) => {
  const { id } = await newSession();
  const bodies = [];
  intercept(t, async (request, send) => {
    bodies.push(await request.clone().text());
    const response = await send(request);
    return bodies.length === 1 ? Promise.reject(new TypeError("lost")) : response;
  });
  const { seq, replayed } = await client.addNote(id, { text: "Call back" });
  assert.deepEqual([seq, replayed], [1, true]);
  assert.equal(bodies.length, 2);
  assert.equal(bodies[0], bodies[1]);
});

test("a person is found by what identifies them; a session is deleted with its messages", async () => {
  const { items } = await client.findContacts({ email: "Ann@Example.com" });
  assert.deepEqual(
    items.map(({ id }) => id),
    [ann.contact.id],
  );
  assert.deepEqual((await client.findContacts({ phone_number: "+15550100" })).items, []);
  await assert.rejects(client.findContacts({}), { code: "invalid_request" });
  const { id } = await newSession();
  await client.sendMessage(id, { sender: "contact", text: "Hello" });
  assert.equal(await client.deleteSession(id), undefined);
  await assert.rejects(client.getSession(id), { code: "session_not_found" });
  await assert.rejects(client.deleteSession(id), { code: "session_not_found" });
});

test("a contact is exported and deleted", async () => {
  const { contact } = await client.authenticateUser({ email: "carol@example.com" });
  const { id } = await client.createSession({ contact_id: contact.id });
  const page = await client.exportContact(contact.id);
  assert.equal(page.contact.email, "carol@example.com");
  assert.deepEqual([page.sessions.map((session) => session.id), page.next], [[id], null]);
  assert.equal(await client.deleteContact(contact.id), undefined);
  await assert.rejects(client.getSession(id), { code: "session_not_found" });
  await assert.rejects(client.exportContact(contact.id), { code: "contact_not_found" });
  // Nothing has been deleted by this call.
  await assert.rejects(client.deleteContact(contact.id), { code: "contact_not_found" });
});

test("a deletion whose answer was lost has succeeded", async (t) => {
  const { contact } = await client.authenticateUser({ email: "dan@example.com" });
  let tries = 0;
  intercept(t, async (request, send) => {
    const response = await send(request);
    tries += 1;
    return tries === 1 ? Promise.reject(new TypeError("lost")) : response;
  });
  assert.equal(await client.deleteContact(contact.id), undefined);
  assert.equal(tries, 2);
});

test("a deletion in parts is repeated to its end, beyond the retries", async (t) => {
  const { contact } = await client.authenticateUser({ email: "eve@example.com" });
  let left = 4;
  intercept(t, (request, send) =>
    left-- > 0 ? failure(503, "deletion_unfinished") : send(request),
  );
  assert.equal(await client.deleteContact(contact.id, { retries: 0 }), undefined);
  assert.equal(left, -1);
  await assert.rejects(client.exportContact(contact.id), { code: "contact_not_found" });
});

test("a service's errors of a message name the fields as they were written", async (t) => {
  const errors = [
    { path: "/message/text", code: "too_long", message: "must be shorter" },
    { path: "/custom_data/message", code: "too_long", message: "must be shorter" },
  ];
  intercept(t, () =>
    Response.json(
      {
        statusCode: 400,
        code: "invalid_request",
        message: "No.",
        error: "",
        request_id: "r",
        errors,
      },
      { status: 400 },
    ),
  );
  const error = await client.sendMessage("s", { text: "Hello" }).catch((error) => error);
  assert.deepEqual(
    error.errors.map(({ path }) => path),
    ["/text", "/custom_data/message"],
  );
});
