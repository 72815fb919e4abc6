// Loads a running contender from a separate process, and measures the cost.

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import autocannon from "autocannon";
import { converse, messagesEach, sendBody } from "./conversations.mjs";

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

/**
 * The requests, and their expected responses. Those with `conversations` are to one of
 * these sessions, in turn.
 *
 * @type {Record<string, {
 *   method?: string,
 *   suffix?: string,
 *   conversations?: { sessions: number, messages: number },
 *   bodyOf?: (index: number) => string,
 *   isAnonymous?: boolean,
 *   status: number,
 *   code?: string,
 *   paths?: string[],
 * }>}
 */
export const requests = {
  create: { bodyOf: createBody, status: 201 },
  send: {
    suffix: "/send",
    conversations: { sessions: 100, messages: 0 },
    bodyOf: sendBody,
    status: 201,
  },
  history: {
    method: "GET",
    suffix: "/history",
    conversations: { sessions: 4, messages: messagesEach },
    status: 200,
  },
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

/** Sessions that are stored nowhere, for a storage that answers at once. */
const noSessions = ["0190163d-8694-739b-aea5-966c26f8ad91"];

/** Stores what a request is about; returns its paths. */
export async function pathsOf(runtime, { request, mode }) {
  const { conversations, suffix } = requests[request];
  if (!conversations) return ["/chat/sessions"];
  const ids = mode === "stub" ? noSessions : await converse(runtime, conversations);
  return ids.map((id) => `/chat/sessions/${id}${suffix}`);
}

/** Returns the headers of a request. */
export const headersOf = (request, secret) => ({
  ...(requests[request].bodyOf && { "Content-Type": "application/json" }),
  ...(!requests[request].isAnonymous && { Authorization: `Bearer ${secret}` }),
});

/**
 * Sends requests to these paths for `seconds`; returns rates, latencies and the CPU time
 * per request.
 */
export async function load({ url, pid, secret }, { request, connections }, paths, seconds) {
  const { method = "POST", bodyOf, status } = requests[request];
  let index = 0;
  const before = await cpuMicroseconds(pid);
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [
      {
        method,
        headers: headersOf(request, secret),
        setupRequest: (each) => {
          index += 1;
          return { ...each, path: paths[index % paths.length], body: bodyOf?.(index) };
        },
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
