// Webhooks: what is sent to whom, how it is signed, and what it costs. The receiver is a real
// one, and checks signatures with the published library.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { expand } from "../support/cases.mjs";
import { send, startRuntime } from "../support/runtime.mjs";
import { startWebhooks } from "../support/webhooks.mjs";

let hooks;
let runtime;
let receiver;
let api;
let endpoint;
let deliveries;
let passTime;
let create;
let say;
let get;
before(async () => {
  hooks = await startWebhooks();
  ({ runtime, receiver, api, endpoint, deliveries, passTime, create, say, get } = hooks);
});
after(() => hooks?.stop());

test("every event arrives, signed, with what the API answers", async () => {
  const { path, remove } = await endpoint();
  const contact = { email: "ann@example.com", name: "Ann Lee" };
  const session = await create({ contact, verified: true, custom_data: { order: "ord_1" } });
  const [created] = await receiver.wait(path);
  const shown = await get(`/chat/sessions/${session}`);
  assert.deepEqual(created.event, {
    type: "session.created",
    timestamp: shown.created_at,
    data: { session_id: session, session: shown },
  });

  await say(session, "Where is my order?");
  const message = (await receiver.wait(path, 2))[1];
  const history = await get(`/chat/sessions/${session}/history`);
  assert.deepEqual(message.event, {
    type: "message.created",
    timestamp: history.items[0].created_at,
    data: { session_id: session, seq: 1, message: history.items[0], contact: shown.contact },
  });

  await api("PATCH", `/chat/sessions/${session}`, { status: "closed_resolved" });
  const closed = (await receiver.wait(path, 3))[2];
  const after = await get(`/chat/sessions/${session}/history`);
  assert.deepEqual(closed.event, {
    type: "session.updated",
    timestamp: after.items[1].created_at,
    data: {
      session_id: session,
      seq: 2,
      entry: after.items[1],
      session: await get(`/chat/sessions/${session}`),
    },
  });

  await api("DELETE", `/contacts/${shown.contact.id}`);
  const deleted = (await receiver.wait(path, 4))[3];
  assert.equal(deleted.event.type, "contact.deleted");
  assert.deepEqual(deleted.event.data, { contact: { id: shown.contact.id } });

  const hex = session.replaceAll("-", "");
  const ids = receiver.at(path).map(({ id }) => id);
  assert.deepEqual(
    ids.slice(0, 3),
    [0, 1, 2].map((seq) => `msg_${hex}_${seq}`),
  );
  for (const { forged, headers, signatures } of receiver.at(path)) {
    assert.equal(forged, undefined);
    assert.equal(signatures.length, 1);
    assert.equal(headers["content-type"], "application/json");
    assert.match(String(headers["user-agent"]), /^chat-sessions\/\d/);
    assert.match(String(headers["webhook-timestamp"]), /^\d{10}$/);
  }
  await remove();
});

test("a message that reopens and one that takes over tell each entry, in order", async () => {
  const session = await create();
  await say(session, "Hello");
  await api("PATCH", `/chat/sessions/${session}`, { status: "closed_unresolved" });
  const { path, remove } = await endpoint({ events: ["session.updated", "message.created"] });
  await say(session, "Still there?");
  await say(session, "Yes", "agent", {
    agent: { id: "17", name: "Ben" },
    should_take_over_session_from_ai: true,
  });
  const got = await receiver.wait(path, 4);
  const told = got
    .map(({ event }) => [
      event.data.seq,
      event.type,
      (event.data.message ?? event.data.entry).event.type,
    ])
    .sort(([one], [other]) => one - other);
  assert.deepEqual(told, [
    [3, "session.updated", "session_reopened"],
    [4, "message.created", "message"],
    [5, "session.updated", "handoff"],
    [6, "message.created", "message"],
  ]);
  await remove();
});

test("an endpoint gets what it asked for, and a retry of a message tells nothing", async () => {
  const messages = await endpoint({ events: ["message.created"] });
  const other = await endpoint({}, runtime.keys.otherSecret);
  const session = await create();
  const message = { id: crypto.randomUUID(), text: "Hello" };
  for (const status of [201, 200, 200]) {
    const body = { sender: "contact", message };
    assert.equal((await api("POST", `/chat/sessions/${session}/send`, body)).status, status);
  }
  await say(session, "Bye");
  await receiver.wait(messages.path, 2);
  const texts = receiver
    .at(messages.path)
    .map(({ event }) => event.data.message.event.content.text);
  assert.deepEqual(texts.sort(), ["Bye", "Hello"]);
  assert.deepEqual(receiver.at(other.path), [], "another organization's");
  const rows = await runtime.execute(
    "SELECT count(*) AS n FROM webhook_events WHERE organization = 'globex'",
  );
  assert.deepEqual(rows, [{ n: 0 }]);
  await messages.remove();
  await api("DELETE", `/webhooks/${other.id}`, undefined, runtime.keys.otherSecret);
});

test("a redacted message is told, and its text is not sent any more", async () => {
  const session = await create();
  const { path, id, remove } = await endpoint({ events: ["*"] });
  receiver.answer = (response) => response.writeHead(503).end();
  const { body } = await say(session, "my card is 4242");
  await receiver.wait(path, 1);
  receiver.answer = (response) => response.writeHead(204).end();
  const message = body.data.message.id;
  await api("POST", `/chat/sessions/${session}/messages/${message}/redact`, {});
  const redacted = (await receiver.wait(path, 2)).find(({ event }) => event.data.seq === 2);
  assert.deepEqual(redacted.event.data.entry.event, { type: "redacted", redacted_seq: 1 });
  await deliveries(id, 2);
  await passTime();
  const again = (await receiver.wait(path, 3))[2];
  assert.equal(again.id, receiver.at(path)[0].id, "the same event");
  assert.equal(again.event.data.message.event.content.text, "");
  await remove();
});

test("while a secret is rotated both sign, for a day", async () => {
  const { path, id, secret, remove } = await endpoint({ events: ["message.created"] });
  const session = await create();
  const { body } = await api("POST", `/webhooks/${id}/rotate`, {});
  assert.notEqual(body.secret, secret);
  const hours = (Date.parse(body.previous_secret_until) - Date.now()) / 3_600_000;
  assert.ok(hours > 23.9 && hours <= 24, `${hours}`);
  for (const [accepted, seq] of /** @type {const} */ ([
    [secret, 1],
    [body.secret, 2],
  ])) {
    receiver.secrets = [accepted];
    await say(session, "Hello");
    const got = (await receiver.wait(path, seq))[seq - 1];
    assert.equal(got.forged, undefined);
    assert.equal(got.signatures.length, 2);
  }
  await runtime.execute(
    "UPDATE webhooks SET previous_secrets = json_replace(previous_secrets, '$[0].until_ms', CAST(? AS INTEGER)) WHERE id = ?",
    Date.now(),
    id,
  );
  receiver.secrets = [secret];
  await say(session, "Hello");
  const last = (await receiver.wait(path, 3))[2];
  assert.equal(last.signatures.length, 1);
  assert.match(String(last.forged), /no matching signature/i);
  await remove();
});

test("a rotation whose answer is lost is made again, and the receiver's secret goes on", async () => {
  const { path, id, secret, remove } = await endpoint({ events: ["message.created"] });
  const session = await create();
  const secrets = [secret];
  for (let rotation = 0; rotation < 5; rotation += 1) {
    const { body } = await api("POST", `/webhooks/${id}/rotate`, {});
    secrets.push(body.secret);
  }
  // The last one and the four before it.
  for (const [index, accepted] of secrets.slice(1).entries()) {
    receiver.secrets = [accepted];
    await say(session, "Hello");
    const got = (await receiver.wait(path, index + 1))[index];
    assert.equal(got.forged, undefined, `secret ${index}`);
    assert.equal(got.signatures.length, 5);
  }
  await remove();
});

test("OpenCX's format has OpenCX's names, for what its clients know", async () => {
  const { path, remove } = await endpoint({ format: "opencx" });
  const contact = { email: "ann@example.org", name: "Ann", custom_data: { plan: "pro" } };
  const session = await create({ channel: { type: "web_voice" }, verified: true, contact });
  await say(session, "Hello", "agent", { agent: { id: "17", name: "Ben" } });
  await api("PATCH", `/chat/sessions/${session}`, { status: "closed_unresolved" });
  const [started, closed] = await receiver.wait(path, 2);
  const shown = await get(`/chat/sessions/${session}`);
  assert.deepEqual(started.event, {
    event: "conversation.started",
    organization_id: "acme",
    data: {
      conversation_id: session,
      assignee: null,
      contact: {
        id: shown.contact.id,
        name: "Ann",
        enriched_data: { email: "ann@example.org" },
        custom_data: { plan: "pro" },
      },
      channel: "web",
      first_message: "",
      timestamp: shown.created_at,
    },
  });
  assert.equal(closed.forged, undefined);
  assert.equal(closed.event.event, "conversation.closed");
  const { data } = closed.event;
  assert.equal(data.conversation_id, session);
  assert.equal(data.contact_id, shown.contact.id);
  assert.equal(data.human_resolution_status, "not_resolved");
  assert.deepEqual(data.closed_by, { type: "human", id: "17", name: "Ben" });
  assert.deepEqual(data.contact, {
    id: shown.contact.id,
    name: "Ann",
    email: "ann@example.org",
    custom_data: { plan: "pro" },
  });
  await remove();
});

test("an organization without an endpoint costs nothing, and one with costs two rows", async () => {
  const token = runtime.keys.otherSecret;
  const ask = async (path, body) => {
    const answer = await send(runtime.baseUrl, { path, token, body });
    return { ...(await runtime.usage(answer)), id: answer.body.id };
  };
  const measure = async () => {
    const created = await ask("/chat/sessions", {});
    const body = { sender: "contact", message: { text: "Hello" } };
    return [created, await ask(`/chat/sessions/${created.id}/send`, body)];
  };
  // The first of an organization reads less.
  await measure();
  const without = await measure();
  assert.equal(without[1].rows_written, 5);
  await endpoint({ events: ["contact.deleted"] }, token);
  const unwanted = await measure();
  const { id, path } = await endpoint({ events: ["*"] }, token);
  const wanted = await measure();
  for (const index of [0, 1]) {
    assert.equal(unwanted[index].rows_written, without[index].rows_written);
    assert.ok(unwanted[index].rows_read <= without[index].rows_read + 3, "the endpoint is read");
    // The row and its place in the index.
    assert.equal(wanted[index].rows_written, without[index].rows_written + 2);
    assert.equal(wanted[index].round_trips, 1);
  }
  await receiver.wait(path, 2);
  await deliveries(id, 2, token);
  const rows = await runtime.execute("SELECT * FROM webhook_events WHERE webhook_id = ?", id);
  assert.ok(rows.every(({ next_at_ms }) => next_at_ms === null));
});

test("messages of live connections are told too", async () => {
  const { path, remove } = await endpoint({ events: ["message.created"] });
  const session = await create();
  const { body: agent } = await api("POST", "/agents/tokens", { name: "Ben" });
  const url = `${runtime.baseUrl.replace("http", "ws")}/chat/sessions/${session}/events`;
  const socket = new WebSocket(url, ["chat-sessions.v1", `bearer.${agent.token}`]);
  const frame = { type: "send", id: crypto.randomUUID(), text: "Hello" };
  socket.addEventListener("open", () => socket.send(JSON.stringify(frame)));
  const [{ event, forged }] = await receiver.wait(path);
  socket.close();
  assert.equal(forged, undefined);
  assert.equal(event.data.message.id, frame.id);
  assert.equal(event.data.message.event.sender.name, "Ben");
  await remove();
});

test("more endpoints than a request has connections each get an event, without a sweep", async () => {
  const endpoints = [];
  while (endpoints.length < 10) endpoints.push(await endpoint({ events: ["session.created"] }));
  await create();
  await Promise.all(endpoints.map(({ path }) => receiver.wait(path)));
  // All of one event.
  const ids = new Set(endpoints.map(({ path }) => receiver.at(path)[0].id));
  assert.equal(ids.size, 1);
  await Promise.all(endpoints.map(({ remove }) => remove()));
});

test("a note is nobody's event", async () => {
  const { path, remove } = await endpoint();
  const session = await create();
  const { status } = await api("POST", `/chat/sessions/${session}/notes`, {
    text: "Refund approved",
    agent: { name: "Ben" },
  });
  assert.equal(status, 201);
  await say(session, "Hello");
  await receiver.wait(path, 2);
  const told = receiver.at(path).map(({ event }) => [event.type, event.data.seq]);
  assert.deepEqual(told.sort(), [
    ["message.created", 2],
    ["session.created", undefined],
  ]);
  await remove();
});

test("what the rules do not take is refused, in every spelling", async () => {
  const strict = await startRuntime();
  const file = new URL("../cases/webhooks.json", import.meta.url);
  const { urls } = JSON.parse(await readFile(file, "utf8"));
  try {
    const post = (url) =>
      send(strict.baseUrl, {
        path: "/webhooks",
        token: strict.keys.secret,
        body: { url, events: ["*"] },
      });
    for (const url of [...urls.forbidden, ...urls.local].map(expand)) {
      const { status, body } = await post(url);
      assert.deepEqual([status, body.errors?.[0].path], [400, "/url"], url);
    }
    const { status, body } = await post(urls.public[0]);
    assert.equal(status, 201);
    // One that the rules took once.
    const update = "UPDATE webhooks SET url = ? WHERE id = ?";
    await strict.execute(update, `${receiver.url}/forbidden`, body.id);
    await send(strict.baseUrl, {
      path: `/webhooks/${body.id}/test`,
      token: strict.keys.secret,
      body: {},
    });
    const tries = async () =>
      (
        await send(strict.baseUrl, {
          method: "GET",
          path: `/webhooks/${body.id}/deliveries`,
          token: strict.keys.secret,
        })
      ).body.items;
    let items = [];
    while (!items.length) items = await tries();
    assert.deepEqual([items[0].failure, items[0].status], ["forbidden_url", null]);
    assert.deepEqual(receiver.at("/forbidden"), []);
  } finally {
    await strict.stop();
  }
});

test("events are kept for eight days", async () => {
  const { path, id, remove } = await endpoint({ events: ["message.created"] });
  const session = await create();
  await say(session, "1");
  await say(session, "2");
  await receiver.wait(path, 2);
  await deliveries(id, 2);
  const keptMs = 8 * 24 * 60 * 60 * 1000;
  await runtime.execute(
    "UPDATE webhook_events SET created_at_ms = created_at_ms - ? WHERE webhook_id = ? AND seq = 1",
    keptMs,
    id,
  );
  await runtime.runCron();
  const left = await runtime.execute("SELECT seq FROM webhook_events WHERE webhook_id = ?", id);
  assert.deepEqual(left, [{ seq: 2 }]);
  await remove();
});
