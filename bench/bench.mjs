// Compares the service with alternatives: one run, in turn, on the same workerd. Prints
// tables of medians and ratios.
//
// ROUNDS (7) and SECONDS (2) set the duration; ONLY selects tables by part of a title.

import { contenders, modulesOf } from "./contenders.mjs";
import { holdToContract } from "./contract.mjs";
import { load, pathsOf, peakMegabytes, pin, requests } from "./load.mjs";
import { median } from "./median.mjs";
import { isAsked, rounds, seconds, titles } from "./options.mjs";
import { start } from "./start.mjs";
import { contendersIn, hasMessages, tables } from "./tables.mjs";
import { usageOf, usageOfMessages } from "./usage.mjs";

const names = Object.keys(contenders);
const [ours] = names;
const warmUpSeconds = 2;

/**
 * Measures one table: every contender in turn, round by round. Each round starts new
 * processes: compiler and memory layout make two runtimes differ by 5 %.
 */
async function measure(table) {
  const measured = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const name of contendersIn(table)) {
      const runtime = await start(name, table.mode);
      pin(runtime.pid, 0);
      const paths = await pathsOf(runtime, table);
      if (name !== "empty Worker") await holdToContract(name, runtime, table.request, paths[0]);
      await load(runtime, table, paths, warmUpSeconds);
      const result = await load(runtime, table, paths, seconds);
      if (result.wrongAnswers > 0) {
        throw new Error(`${name}: ${result.wrongAnswers} answers other than expected`);
      }
      const peak = await peakMegabytes(runtime.pid);
      await runtime.stop();
      measured.set(name, [...(measured.get(name) ?? []), { ...result, peakMegabytes: peak }]);
    }
  }
  return measured;
}

function print({ title, request, connections }, measured) {
  const status = requests[request].status;
  console.log(
    `\n${title} (${status}; ${rounds} rounds of ${seconds} s in turn, ${connections} connections)\n`,
  );
  console.log(
    "| | requests/s | p50 ms | p99 ms | CPU µs | lowest to highest | peak MB | p50, ours to theirs | CPU, ours to theirs |",
  );
  console.log(`|---|${"---|".repeat(8)}`);
  for (const [name, results] of measured) {
    const all = (figure) => results.map((result) => result[figure]);
    const ratio = (figure) => {
      if (name === ours) return "";
      // Compared within a round: a slow phase of the machine affects both.
      const ratios = all(figure).map((theirs, round) => measured.get(ours)[round][figure] / theirs);
      // Times are whole milliseconds; a time of 0 has no ratio.
      return ratios.every((each) => each > 0 && each < Infinity) ? median(ratios).toFixed(2) : "";
    };
    const cpu = all("cpuMicroseconds");
    const row = [
      Math.round(median(all("requestsPerSecond"))),
      median(all("p50Ms")),
      median(all("p99Ms")),
      Math.round(median(cpu)),
      `${Math.round(Math.min(...cpu))} to ${Math.round(Math.max(...cpu))}`,
      Math.round(Math.max(...all("peakMegabytes"))),
      ratio("p50Ms"),
      ratio("cpuMicroseconds"),
    ];
    console.log(`| ${name} | ${row.join(" | ")} |`);
  }
  const empty = measured.get("empty Worker");
  const tuned = measured.get("hono, tuned");
  if (!empty || !tuned) return;
  const own = (results, round) => results[round].cpuMicroseconds - empty[round].cpuMicroseconds;
  const ratios = empty.map((_, round) => own(measured.get(ours), round) / own(tuned, round));
  console.log(
    `\nLess what an empty Worker costs, ours to hono, tuned: ${median(ratios).toFixed(2)}`,
  );
}

async function printFixed() {
  console.log(`\n${titles.fixed} (D1: round trips / rows read / rows written)\n`);
  console.log(
    "| | create, new contact | create, known contact | send | history of 50 | script, gzipped | start to first answer |",
  );
  console.log(`|---|${"---|".repeat(6)}`);
  /** @type {Record<string, number[]>} */
  const firstAnswersMs = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const runtime = await start(name, "stub");
      firstAnswersMs[name].push(runtime.firstAnswerMs);
      await runtime.stop();
    }
  }
  for (const name of names) {
    const { gzipBytes } = await modulesOf(contenders[name]);
    const usage = await usageOf(name);
    const { send, history } = hasMessages(name) ? await usageOfMessages(name) : {};
    const row = [
      ...[...usage, send, history].map(
        (each) => each && `${each.round_trips} / ${each.rows_read} / ${each.rows_written}`,
      ),
      `${(gzipBytes / 1000).toFixed(1)} KB`,
      `${Math.round(median(firstAnswersMs[name]))} ms`,
    ];
    console.log(`| ${name} | ${row.join(" | ")} |`);
  }
}

if (process.platform !== "linux") throw new Error("make bench reads /proc: it runs on Linux only");
pin(process.pid, 1);
if (isAsked(titles.fixed)) await printFixed();
for (const table of tables.filter(({ title }) => isAsked(title))) {
  print(table, await measure(table));
}
