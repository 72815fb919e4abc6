// Loads a running contender from a separate process, and measures the cost.

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import autocannon from "autocannon";

/** Tick of /proc: a hundredth of a second on every Linux. */
const microsecondsPerTick = 10_000;

/** A create as a page sends one: about 250 bytes, for one of 1,000 people. */
export const createBody = (index) =>
  JSON.stringify({
    channel: { type: "web" },
    custom_data: { order_id: `ord_${index}`, cart_value: 149.99, vip: index % 2 === 0 },
    contact: {
      email: `person-${index % 1000}@example.com`,
      name: "Ann Lee",
      custom_data: { plan: "pro", seats: 12, page: "/pricing" },
    },
  });

/** The requests, and their expected responses. */
export const requests = {
  create: { bodyOf: createBody, status: 201 },
  "no token": {
    bodyOf: createBody,
    isAnonymous: true,
    status: 401,
    code: "missing_token",
  },
  "malformed JSON": {
    bodyOf: () => '{"channel": {"type": "web"},}',
    status: 400,
    code: "malformed_json",
  },
  "invalid fields": {
    bodyOf: () => '{"channel":{"type":"fax"},"contact":{"email":"ann"},"custom_data":{"a":null}}',
    status: 400,
    code: "invalid_request",
    paths: ["/channel/type", "/contact/email", "/custom_data/a"],
  },
};

/** Pins a process to one processor; the load generator runs on the others. */
export function pin(pid, processor) {
  if (cpus().length > 1) execFileSync("taskset", ["-acp", String(processor), String(pid)]);
}

/** Returns the headers of a request. */
export const headersOf = (request, secret) => ({
  "Content-Type": "application/json",
  ...(!requests[request].isAnonymous && { Authorization: `Bearer ${secret}` }),
});

/** Sends requests for `seconds`; returns rates, latencies and the CPU time per request. */
export async function load({ url, pid, secret }, { request, connections }, seconds) {
  const { bodyOf, status } = requests[request];
  let index = 0;
  const before = await cpuMicroseconds(pid);
  const result = await autocannon({
    url: new URL("/chat/sessions", url).href,
    connections,
    duration: seconds,
    requests: [
      {
        method: "POST",
        headers: headersOf(request, secret),
        setupRequest: (each) => ({ ...each, body: bodyOf((index += 1)) }),
      },
    ],
  });
  const answered = result.requests.total;
  return {
    requestsPerSecond: answered / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    cpuMicroseconds: ((await cpuMicroseconds(pid)) - before) / answered,
    wrongAnswers: answered - (result.statusCodeStats[status]?.count ?? 0),
  };
}

/** Returns the peak memory of a process, in MB. */
export async function peakMegabytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(status.match(/VmHWM:\s+(\d+)/)?.[1]) / 1024;
}

async function cpuMicroseconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
}
