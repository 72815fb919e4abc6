// Time from a message to the sockets that see it, and memory of the runtime: beside a plain
// JavaScript relay, in turn, on the same workerd. Prints tables of medians.

import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { send, startRuntime } from "../tests/support/runtime.mjs";
import { median } from "./median.mjs";
import { isAsked, rounds, titles } from "./options.mjs";

const relay = fileURLToPath(new URL("peers/relay.js", import.meta.url));
const text =
  "Where is my order ord_7? It was to be here on Monday, and the tracking page says that it has not left the warehouse.";

/** Contenders: how to start one, and what each has of its own. */
const contenders = {
  "chat-sessions": { query: "" },
  "relay, no log": { worker: relay, query: "?" },
  "relay, D1 first": { worker: relay, query: "?log" },
};
const [ours] = Object.keys(contenders);

/** Tables: sockets of each session, sessions, how a message is sent, and how many. */
const tables = [
  { title: titles.liveFrame, sessions: 1, sockets: 20, isFrame: true, messages: 200 },
  { title: titles.liveRequest, sessions: 1, sockets: 2, isFrame: false, messages: 200 },
  { title: titles.liveWide, sessions: 1, sockets: 1_000, isFrame: true, messages: 50 },
  { title: titles.liveMany, sessions: 1_000, sockets: 1, isFrame: true, messages: 1_000 },
];

/** Opens a socket; `seen` has the time at which each message came. */
async function open(baseUrl, path, token) {
  const protocols = ["chat-sessions.v1", `bearer.${token}`];
  const socket = new WebSocket(baseUrl.replace("http", "ws") + path, protocols, {
    perMessageDeflate: false,
  });
  const seen = new Map();
  const waiting = new Map();
  await new Promise((resolve, reject) => {
    socket.on("close", (code) => reject(new Error(`closed: ${code}`)));
    socket.on("error", reject);
    socket.on("message", (data) => {
      const nowMs = performance.now();
      const { type, data: entry } = JSON.parse(String(data));
      if (type === "hello") resolve(undefined);
      if (type === "nack") throw new Error(String(data));
      if (type !== "message.created") return;
      seen.set(entry.id, nowMs);
      waiting.get(entry.id)?.();
    });
  });
  const awaited = (id) => new Promise((resolve) => waiting.set(id, resolve));
  return { socket, seen, saw: (id) => (seen.has(id) ? undefined : awaited(id)) };
}

/** Returns the resident memory of the runtime's workerd, in MB. */
function megabytes({ processGroup }) {
  const lines = execFileSync("ps", ["-A", "-o", "pgid=,rss=,comm="], { encoding: "utf8" });
  const processes = lines.split("\n").map((line) => line.trim().split(/\s+/));
  const own = processes.filter(
    ([group, , name]) => Number(group) === processGroup && /workerd/.test(name),
  );
  return own.reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0) / 1024;
}

/** Calls `call` for each number below `count`, 50 at a time. */
async function each(count, call) {
  const results = [];
  while (results.length < count) {
    const size = Math.min(50, count - results.length);
    const begin = results.length;
    results.push(...(await Promise.all(Array.from({ length: size }, (_, n) => call(begin + n)))));
  }
  return results;
}

async function sessionOf(name, { baseUrl, keys }) {
  if (name !== ours) return randomUUID();
  const { body } = await send(baseUrl, { token: keys.secret, body: {} });
  return body.id;
}

/** Sends one message; returns the times from then until each socket has seen it. */
async function sendOne({ baseUrl, keys }, { session, query, sockets }, isFrame, index) {
  const id = randomUUID();
  // Each sends its share: a connection may send 20 frames a second.
  const { socket } = sockets[index % sockets.length];
  const seen = Promise.all(sockets.map((each) => each.saw(id)));
  const sentMs = performance.now();
  if (isFrame) {
    socket.send(JSON.stringify({ type: "send", id, text, sender: "contact" }));
  } else {
    const path = `/chat/sessions/${session}/send${query}`;
    const body = { sender: "contact", message: { id, text } };
    const { status } = await send(baseUrl, { path, token: keys.secret, body });
    if (status !== 201) throw new Error(`${status}`);
  }
  await seen;
  return sockets.map((each) => each.seen.get(id) - sentMs);
}

async function measureOnce(name, { sessions, sockets, isFrame, messages }) {
  const { query, ...options } = contenders[name];
  const runtime = await startRuntime({ ...options, isSeparate: true });
  try {
    await send(runtime.baseUrl, { method: name === ours ? "OPTIONS" : "PUT" });
    const rooms = await each(sessions, async () => ({
      session: await sessionOf(name, runtime),
      query,
      sockets: /** @type {any[]} */ ([]),
    }));
    const before = megabytes(runtime);
    await each(sessions * sockets, async (index) => {
      const room = rooms[index % sessions];
      const path = `/chat/sessions/${room.session}/events${query}`;
      room.sockets.push(await open(runtime.baseUrl, path, runtime.keys.secret));
    });
    const kilobytesEach = ((megabytes(runtime) - before) * 1024) / (sessions * sockets);
    const run = async (count) => {
      const times = [];
      for (let index = 0; index < count; index += 1) {
        const room = rooms[index % sessions];
        times.push(...(await sendOne(runtime, room, isFrame, index)));
        // As people write, and not as fast as it goes.
        await new Promise((resolve) => setTimeout(resolve, sessions === 1 ? 5 : 0));
      }
      return times.toSorted((a, b) => a - b);
    };
    await run(messages / 5);
    const times = await run(messages);
    for (const { socket } of rooms.flatMap((room) => room.sockets)) {
      socket.removeAllListeners("close");
      socket.terminate();
    }
    const at = (part) => times[Math.floor((times.length - 1) * part)];
    return { p50Ms: at(0.5), p99Ms: at(0.99), kilobytesEach };
  } finally {
    await runtime.stop();
  }
}

for (const table of tables.filter(({ title }) => isAsked(title))) {
  const measured = /** @type {Record<string, any[]>} */ ({});
  for (let round = 0; round < rounds; round += 1) {
    for (const name of Object.keys(contenders)) {
      (measured[name] ??= []).push(await measureOnce(name, table));
    }
  }
  console.log(`\n${table.title} (${rounds} rounds of ${table.messages} messages in turn)\n`);
  console.log("| | p50 ms | p99 ms | KB of memory a socket | p50, ours to theirs |");
  console.log(`|---|${"---|".repeat(4)}`);
  for (const [name, results] of Object.entries(measured)) {
    const all = (figure) => results.map((result) => result[figure]);
    const ratios = all("p50Ms").map((theirs, round) => measured[ours][round].p50Ms / theirs);
    const row = [
      median(all("p50Ms")).toFixed(1),
      median(all("p99Ms")).toFixed(1),
      Math.round(median(all("kilobytesEach"))),
      name === ours ? "" : median(ratios).toFixed(2),
    ];
    console.log(`| ${name} | ${row.join(" | ")} |`);
  }
}
