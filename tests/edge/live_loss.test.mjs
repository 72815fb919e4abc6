// A conversation whose line breaks in every way, whose service dies, and whose doorbell is
// unreliable: everybody is shown the same messages, in order, each once.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { People, eventsOf, follow } from "../support/live.mjs";
import { Participant } from "../support/participant.mjs";
import { startProxy } from "../support/proxy.mjs";
import { send, startRuntime, until } from "../support/runtime.mjs";

/** `make soak` sets LONG. */
const [messages, cuts, kills] = process.env.LONG ? [1_000, 100, 10] : [150, 15, 2];

let runtime;
let proxy;
let people;
/** Everybody who takes part; they leave when all is done, or has failed. */
const all = /** @type {Participant[]} */ ([]);
before(async () => {
  const worker = fileURLToPath(new URL("rough/worker.mjs", import.meta.url));
  runtime = await startRuntime({ worker, isSeparate: true });
  proxy = await startProxy(runtime.baseUrl);
  people = new People(runtime);
});
after(async () => {
  await Promise.all(all.map((person) => person.leave()));
  proxy?.stop();
  await runtime?.stop();
});

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const platform = (body) => send(runtime.baseUrl, { path: "/test/platform", body });
const pick = (values) => values[Math.floor(Math.random() * values.length)];

/** Lets the platform fail for a while. */
async function failFor(ms, fault) {
  await platform(fault);
  await delay(ms);
  await platform({});
}

/** The ways in which a connection, or all of them, break. */
const disturbances = (session) => ({
  "a cut connection": () => proxy.cut(),
  "another cut connection": () => proxy.cut(),
  "a forgotten connection": () => proxy.forget(),
  "a room that hibernates": () => runtime.evictRoom(session),
  "a room that ends": () => runtime.evictRoom(session, "close"),
  "lost nudges": () => failFor(300, { nudges: "lost" }),
  "late nudges": () => failFor(300, { nudges: "late" }),
  "doubled nudges": () => failFor(300, { nudges: "doubled" }),
  "a D1 that fails": () => failFor(300, { database: "fails" }),
  "a D1 that hangs": () => failFor(300, { database: "hangs" }),
});

test(`${messages} messages over lines cut ${cuts} times, ${kills} kills and a rough platform: each once, in order`, async (context) => {
  const { secret } = runtime.keys;
  const visitor = await people.visitor();
  const session = await people.open({ contact: { name: "Ann" } }, visitor);
  const join = (token, isEventStream = false) => {
    const person = new Participant(proxy.baseUrl, { session, token, isEventStream });
    all.push(person);
    return person;
  };
  // A visitor sends 60 messages a minute; a server that speaks for them, any number.
  const relay = join(secret);
  const ben = join(await people.agent());
  for (const token of [visitor, secret]) join(token, true);
  join(visitor);

  const sent = /** @type {string[]} */ ([]);
  const sides = [
    { person: relay, sender: "contact" },
    { person: ben, sender: undefined },
  ];
  let begun = 0;
  const write = async ({ person, sender }) => {
    while (begun < messages) {
      const isFrame = Math.random() < 0.5;
      sent.push(await person.say(`message ${(begun += 1)}`, { sender, isFrame }));
    }
  };
  // Two of each side at a time.
  let isDone = false;
  const writing = Promise.all([...sides, ...sides].map(write)).then(() => (isDone = true));

  const counts = {};
  const break_ = async () => {
    const ways = Object.entries(disturbances(session));
    for (let count = 0; count < cuts || !isDone; count += 1) {
      const [name, disturb] = count < ways.length ? ways[count] : pick(ways);
      counts[name] = (counts[name] ?? 0) + 1;
      await disturb();
      if (count % Math.ceil(cuts / kills) === 1) {
        counts.kills = (counts.kills ?? 0) + 1;
        await runtime.crash();
        await runtime.restart();
      }
      await delay(100 * Math.random());
    }
  };
  await Promise.all([writing, break_()]);

  // The last nudge may be among the lost ones.
  await people.say(session, "the end");
  const end = messages + 1;
  await until(() => all.every((person) => person.messages.length >= end));
  const history = await people.history(session);
  const ids = history.filter(({ event }) => event.type === "message").map(({ id }) => id);
  assert.equal(ids.length, end);
  assert.deepEqual(new Set(ids.slice(0, -1)), new Set(sent));
  for (const person of all) {
    assert.deepEqual(person.complaints, []);
    const shown = person.shown.map(({ id, seq }) => `${seq} ${id}`);
    assert.deepEqual(
      shown,
      history.map(({ id, seq }) => `${seq} ${id}`),
    );
  }
  const connections = all.map((person) => person.connections);
  context.diagnostic(`connections: ${connections}; ${JSON.stringify(counts)}`);
  // Otherwise nothing was interrupted, and the test proves nothing.
  const total = connections.reduce((sum, count) => sum + count);
  assert.ok(total > cuts + kills, `${connections}`);
});

test("who follows has a message from its ring, worded as the log has it; the log is read for a gap", async () => {
  const { secret } = runtime.keys;
  const person = { email: "ann@example.com", name: "Ann" };
  const { token } = await people.post("/widget/authenticate-user", secret, person);
  const session = await people.open({}, token);
  const [ben, ann] = await Promise.all(
    [secret, token].map((reader) =>
      follow(runtime.baseUrl, { path: eventsOf(session), token: reader }),
    ),
  );
  await until(() => ben.frames.length + ann.frames.length === 2);
  let { batches } = (await platform({})).body;
  const reads = async () => {
    const before = batches;
    ({ batches } = (await platform({})).body);
    return batches - before;
  };
  const say = (body, reader = secret, nudges = "") =>
    people.post(
      `/chat/sessions/${session}/send`,
      reader,
      { message: { text: "Hello" }, ...body },
      nudges ? { headers: { "X-Test-Nudges": nudges } } : {},
    );
  const seen = (count) => until(() => ben.seqs.length === count && ann.seqs.length === count);

  await say({ sender: "ai" });
  await seen(1);
  await say({ message: { text: "Hello" } }, token);
  await seen(2);
  await say({ sender: "agent", agent: { id: "b", name: "Ben" } });
  await seen(3);
  assert.equal(await reads(), 3, "a batch of D1 for each message, and none to see it");

  await say({ sender: "ai" }, secret, "lost");
  await say({ sender: "ai" });
  await seen(5);
  assert.equal(await reads(), 3, "two messages, and the page that both are in");
  await people.assertWhole(ben, session, secret);
  await people.assertWhole(ann, session, token);
  assert.equal(ben.entries[1].data.event.sender.name, "Ann");
  await Promise.all([ben.close(), ann.close()]);
});

test("an entry that cannot be sent costs its readers their news, and not one read after another", async () => {
  const { secret } = runtime.keys;
  const session = await people.open();
  await people.say(session, "whole");
  const damage = "UPDATE entries SET attachments = '{' WHERE session_id = ?";
  await runtime.edit((database) => database.prepare(damage).run(session));
  const live = await follow(runtime.baseUrl, { path: eventsOf(session), token: secret });
  await until(() => live.frames.length === 1);
  const before = (await platform({})).body.batches;
  await delay(1_000);
  const { batches } = (await platform({})).body;
  assert.ok(batches - before < 5, `${batches - before} reads`);
  live.send("ping");
  await until(() => live.frames.at(-1) === "pong");
  assert.deepEqual(live.seqs, []);
  await live.close();
});
