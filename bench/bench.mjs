// `make bench`: ours beside what a user might pick instead, in one run, in turn,
// on the same workerd. Prints tables of medians, and how they compare.
//
// ROUNDS (5) and SECONDS (4) say how long; ONLY names one table.

import autocannon from "autocannon";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { contenders, modulesOf } from "./contenders.mjs";

const rounds = Number(process.env.ROUNDS ?? 5);
const seconds = Number(process.env.SECONDS ?? 4);
const only = process.env.ONLY;
const names = Object.keys(contenders);
const ours = names[0];
/** Of /proc: ticks are hundredths of a second on every Linux there is. */
const microsecondsPerTick = 10_000;

/** A create as a page sends one: about 300 bytes, for one of 1,000 people. */
const createBody = (index) =>
  JSON.stringify({
    channel: { type: "web" },
    custom_data: { order_id: `ord_${index}`, cart_value: 149.99, vip: index % 2 === 0 },
    contact: {
      email: `person-${index % 1000}@example.com`,
      name: "Ann Lee",
      custom_data: { plan: "pro", seats: 12, page: "/pricing" },
    },
  });

const requests = {
  create: { bodyOf: createBody, status: 201 },
  "no token": { bodyOf: createBody, status: 401, headers: { Authorization: undefined } },
  "malformed JSON": { bodyOf: () => '{"channel": {"type": "web"},}', status: 400 },
  "invalid fields": {
    bodyOf: () => '{"channel":{"type":"fax"},"contact":{"email":"ann"},"custom_data":{"a":null}}',
    status: 400,
  },
};

const tables = [
  { title: "Create, real local D1", mode: "real", request: "create", connections: 16 },
  { title: "Create, D1 that answers at once", mode: "stub", request: "create", connections: 16 },
  { title: "Create, D1 20 ms away", mode: "delayed", request: "create", connections: 4 },
  { title: "Refused: no token", mode: "stub", request: "no token", connections: 16 },
  { title: "Refused: malformed JSON", mode: "stub", request: "malformed JSON", connections: 16 },
  { title: "Refused: invalid fields", mode: "stub", request: "invalid fields", connections: 16 },
];

async function start(name, mode) {
  const file = fileURLToPath(new URL("runtime.mjs", import.meta.url));
  const child = spawn(process.execPath, [file, name, mode], { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"url":')) {
      // What it logs from here on is read and forgotten.
      child.stdout.resume();
      const stop = () =>
        new Promise((resolve) => {
          child.once("close", resolve);
          child.stdin.end();
        });
      return { ...JSON.parse(line), stop };
    }
  }
  throw new Error(`${name} did not start`);
}

async function cpuMicroseconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
}

async function peakMegabytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(status.match(/VmHWM:\s+(\d+)/)[1]) / 1024;
}

async function load({ url, pid, secret }, { request, connections }, duration) {
  const { bodyOf, status, headers } = requests[request];
  let index = 0;
  const before = await cpuMicroseconds(pid);
  const result = await autocannon({
    url: new URL("/chat/sessions", url).href,
    connections,
    duration,
    requests: [
      {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Authorization: `Bearer ${secret}`,
          ...headers,
        },
        setupRequest: (each) => ({ ...each, body: bodyOf((index += 1)) }),
      },
    ],
  });
  const answered = result.requests.total;
  const wrong = answered - (result.statusCodeStats[status]?.count ?? 0);
  return {
    "requests/s": answered / result.duration,
    "p50 ms": result.latency.p50,
    "p99 ms": result.latency.p99,
    "CPU µs": ((await cpuMicroseconds(pid)) - before) / answered,
    wrong,
  };
}

/** Whether a contender is known to answer otherwise: it looks at nothing, or not at fields. */
const isUnfit = (name, request) =>
  name === "empty Worker" || (name === "no validation" && request === "invalid fields");

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const spread = (values) => (Math.max(...values) - Math.min(...values)) / median(values);

async function measure(table) {
  // drizzle reads rows back, which a D1 that answers at once does not have.
  const measured = names.filter((name) => !(name.includes("idiomatic") && table.mode === "stub"));
  const running = [];
  for (const name of measured) running.push([name, await start(name, table.mode)]);
  const results = new Map(measured.map((name) => [name, []]));
  for (const [, runtime] of running) await load(runtime, table, 2);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, runtime] of running) {
      const result = await load(runtime, table, seconds);
      if (result.wrong > 0 && !isUnfit(name, table.request)) {
        throw new Error(`${name}: ${result.wrong} other answers than ${requests[table.request].status}`);
      }
      results.get(name).push(result);
    }
  }
  const memory = new Map();
  for (const [name, runtime] of running) {
    memory.set(name, await peakMegabytes(runtime.pid));
    await runtime.stop();
  }
  return { results, memory };
}

function print({ title, connections }, { results, memory }) {
  console.log(`\n${title} (${rounds} rounds of ${seconds} s in turn, ${connections} connections)\n`);
  const columns = ["requests/s", "p50 ms", "p99 ms", "CPU µs"];
  console.log(`| | ${columns.join(" | ")} | spread of CPU | peak MB | CPU, ours to theirs |`);
  console.log(`|---|${"---|".repeat(columns.length + 3)}`);
  const cpu = (name) => median(results.get(name).map((result) => result["CPU µs"]));
  for (const name of results.keys()) {
    const values = columns.map((column) => {
      const value = median(results.get(name).map((result) => result[column]));
      return value >= 100 ? Math.round(value) : value.toFixed(1);
    });
    const cpuSpread = `${Math.round(100 * spread(results.get(name).map((result) => result["CPU µs"])))} %`;
    const ratio = name === ours ? "" : (cpu(ours) / cpu(name)).toFixed(2);
    const row = [name, ...values, cpuSpread, Math.round(memory.get(name)), ratio];
    console.log(`| ${row.join(" | ")} |`);
  }
}

async function usageOf(name) {
  const runtime = await start(name, "counted");
  const send = async (index) => {
    const answer = await fetch(new URL("/chat/sessions", runtime.url), {
      method: "POST",
      headers: { Authorization: `Bearer ${runtime.secret}`, "Content-Type": "application/json" },
      body: createBody(index),
    });
    return JSON.parse(answer.headers.get("x-usage"));
  };
  const [fresh, known] = [await send(1), await send(1)];
  await runtime.stop();
  const text = ({ round_trips, rows_read, rows_written }) =>
    `${round_trips} / ${rows_read} / ${rows_written}`;
  return { fresh: text(fresh), known: text(known) };
}

async function fixed() {
  console.log("\nWhat does not depend on load (D1: round trips / rows read / rows written)\n");
  console.log("| | create, new contact | create, known contact | script, gzipped | start to first answer |");
  console.log("|---|---|---|---|---|");
  for (const name of names) {
    const { gzipBytes } = await modulesOf(contenders[name]);
    const { fresh, known } = await usageOf(name);
    const starts = [];
    for (let round = 0; round < rounds; round += 1) {
      const runtime = await start(name, "stub");
      starts.push(runtime.firstAnswerMs);
      await runtime.stop();
    }
    const kilobytes = (gzipBytes / 1000).toFixed(1);
    console.log(`| ${name} | ${fresh} | ${known} | ${kilobytes} KB | ${median(starts).toFixed(0)} ms |`);
  }
}

if (!only || only === "fixed") await fixed();
for (const table of tables) {
  if (!only || table.title.includes(only)) print(table, await measure(table));
}
