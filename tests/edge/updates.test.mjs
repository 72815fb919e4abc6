// Racing updates, and the entity tags that prevent one from undoing another.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { allowedOrigin, send, startRuntime } from "../support/runtime.mjs";

/** @import { Answer } from "../support/runtime.mjs" */

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

/** @type {(method: string, id: string, rest?: { body?: any, [header: string]: any }) => Promise<Answer>} */
const ask = (method, id, { body, ...headers } = {}) =>
  send(runtime.baseUrl, {
    method,
    path: `/chat/sessions/${id}`,
    token: runtime.keys.secret,
    headers,
    body,
  });

async function newSession() {
  const body = { contact: { email: "tagged@example.com" } };
  return (await send(runtime.baseUrl, { token: runtime.keys.secret, body })).body.id;
}

const count = (answers, wanted) => answers.filter(({ status }) => status === wanted).length;

const usage = (answer) => runtime.usage(answer);

test("of 50 updates of one state, one is done and 49 are told to read again", async () => {
  const id = await newSession();
  const tag = (await ask("GET", id)).headers.get("etag");
  const update = { body: { status: "closed_resolved" }, "If-Match": tag };
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask("PATCH", id, update)));
  assert.equal(count(answers, 200), 1);
  assert.equal(count(answers, 412), 49);
  const [winner] = answers.filter(({ status }) => status === 200);
  const { headers, body } = await ask("GET", id);
  assert.equal(headers.get("etag"), winner.headers.get("etag"));
  assert.notEqual(headers.get("etag"), tag);
  assert.equal(body.updated_at, winner.body.updated_at);
});

test("updates without a condition are all done, one after the other", async () => {
  const id = await newSession();
  const statuses = ["open", "closed_resolved", "closed_unresolved"];
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      ask("PATCH", id, { body: { status: statuses[index % 3] } }),
    ),
  );
  assert.equal(count(answers, 200), 60);
  // Each advanced the time, even within one millisecond.
  assert.equal(new Set(answers.map(({ body }) => body.updated_at)).size, 60);
  assert.equal(new Set(answers.map(({ headers }) => headers.get("etag"))).size, 60);
});

test("who knows the state already is told so, and nothing more", async () => {
  const id = await newSession();
  const first = await ask("GET", id);
  const tag = first.headers.get("etag");
  for (const tags of [tag, `W/${tag}`, `"other", ${tag}`]) {
    const same = await ask("GET", id, { "If-None-Match": tags });
    assert.equal(same.status, 304);
    assert.equal(same.text, "");
    assert.equal(same.headers.get("etag"), tag);
    assert.match(same.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
  }
  // The tag covers the contact's verified data too.
  const email = "tagged@example.com";
  const said = { verified: true, contact: { email, custom_data: { page: "/pricing" } } };
  await send(runtime.baseUrl, { token: runtime.keys.secret, body: said });
  const changed = await ask("GET", id, { "If-None-Match": tag });
  assert.equal(changed.status, 200);
  assert.equal(changed.body.contact.custom_data.page, "/pricing");
  assert.notEqual(changed.headers.get("etag"), tag);
});

test("a stranger who types a person's email fails no update of that person's sessions", async () => {
  const id = await newSession();
  const tag = (await ask("GET", id)).headers.get("etag");
  const stranger = await send(runtime.baseUrl, {
    token: runtime.keys.publishable,
    origin: allowedOrigin,
    body: {
      contact: {
        email: "tagged@example.com",
        name: `Mallory ${id}`,
        phone_number: "+19005550100",
        custom_data: { [id]: true },
      },
    },
  });
  assert.equal(stranger.status, 201);
  const seen = await ask("GET", id);
  assert.equal(seen.body.contact.non_verified_name, `Mallory ${id}`);
  assert.equal(seen.headers.get("etag"), tag);
  const body = { status: "closed_resolved" };
  assert.equal((await ask("PATCH", id, { body, "If-Match": tag })).status, 200);
});

test("a tag arrives strong, and its weak form updates nothing", async () => {
  const id = await newSession();
  const shown = await ask("GET", id, { "Accept-Encoding": "gzip, br" });
  // Cloudflare weakens the tag of what it compresses; local workerd does not.
  assert.equal(shown.headers.get("cache-control"), "no-store, no-transform");
  const tag = shown.headers.get("etag") ?? "";
  assert.match(tag, /^"[0-9a-f]{32}"$/);
  const body = { status: "closed_resolved" };
  assert.equal((await ask("PATCH", id, { body, "If-Match": `W/${tag}` })).status, 412);
  assert.equal((await ask("PATCH", id, { body, "If-Match": tag })).status, 200);
});

test("an update is one round trip, a conditional one two", async () => {
  const id = await newSession();
  // Two rows are its entry in the log.
  const plain = await usage(await ask("PATCH", id, { body: { status: "closed_resolved" } }));
  assert.deepEqual(plain, { round_trips: 1, rows_read: plain.rows_read, rows_written: 5 });
  // Two more look for webhooks.
  assert.ok(plain.rows_read <= 7, JSON.stringify(plain));
  const conditional = await usage(
    await ask("PATCH", id, { body: { status: "open" }, "If-Match": "*" }),
  );
  assert.equal(conditional.round_trips, 2);
  assert.equal(conditional.rows_written, 5);
  const nothing = await usage(await ask("PATCH", id, { body: {} }));
  assert.deepEqual([nothing.round_trips, nothing.rows_written], [1, 0]);
});
