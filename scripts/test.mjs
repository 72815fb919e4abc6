// `make test`: runs every check, and prints one summary. `make check` runs the fast ones
// only, `make test-long` the long runs.
//
// Lanes run at the same time: cargo, and Node.js, whose checks of built files begin when
// the build is done; those of pages wait more than they work.

import { spawn } from "node:child_process";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./wrangler.mjs";

const isCheck = process.argv[2] === "check";
const wasm = ["--target", "wasm32-unknown-unknown"];
// A folder of its own, so that neither lane of cargo waits for the other's lock.
if (isCheck) wasm.push("--target-dir", "target/lints");
const web = ["--target=web", "--out-dir=target/pkg"];
const deny = ["--", "--deny", "warnings"];
const noWarning = "--disable-warning=ExperimentalWarning";

/** Runs the test files of a pattern, `atOnce` at a time, without those of another pattern. */
async function nodeTest(pattern, atOnce = 1, /** @type {string[]} */ exclude = []) {
  const files = (await Array.fromAsync(glob(pattern, { cwd: root, exclude }))).sort();
  const options = ["--test", "--test-reporter=spec", `--test-concurrency=${atOnce}`];
  return ["node", noWarning, ...options, ...files];
}

/** No build, no browser, no runtime. */
const quick = {
  cargo: [
    ["Format", "cargo", "fmt", "--check"],
    ["Format of fuzz targets", "cargo", "fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"],
    ["Lints, core and native tests", "cargo", "clippy", "--locked", "--all-targets", ...deny],
    ["Native tests: units, cases, properties", "cargo", "test", "--locked"],
    ["Documentation", "cargo", "doc", "--locked", "--no-deps"],
    ["Unused dependencies", "scripts/unused-dependencies"],
  ],
  wasm: [
    ["Lints, browser", "cargo", "clippy", "--locked", ...wasm, "--lib", "--tests", ...deny],
    ["Lints, edge", "cargo", "clippy", "--locked", "--features", "edge", ...wasm, ...deny],
  ],
  node: [
    ["Format of scripts and page", "prettier", "--check", "--log-level=warn", "."],
    ["Prose of comments", "scripts/check-prose"],
    ["Lints of JavaScript", "eslint", "--max-warnings=0", "."],
    ["Types of the package", "tsc", "-p", "tests/types"],
    ["Types of JavaScript, package and page", "tsc", "-p", "pkg"],
    ["Types of JavaScript, scripts, bench and tests", "tsc"],
    ["OpenAPI document", ...(await nodeTest("tests/openapi/*.test.mjs"))],
  ],
};

/** Both wasm modules at once: each spends half of its time on one core. */
const build = ["Build", "make", "--no-print-directory", "-j2", "build"];

/** Edge tests that wait for time to pass, and need little of the machine. */
const waiting =
  "tests/edge/{contact_tokens,live_inbox,live_time,page_tokens,time_outs,webhook_failures}.test.mjs";

const thorough = {
  cargo: [
    ["Dependencies", "cargo", "deny", "--locked", "check", "licenses", "bans", "sources"],
    ["Dependencies, advisories", "scripts/advisories"],
    // Plain wasm-pack commands, without our scripts.
    ["Browser tests, below the package", "wasm-pack", "test", "--headless", "--chrome"],
    ["The module, by wasm-pack", "wasm-pack", "build", "--dev", ...web],
  ],
  node: [
    ["Size budgets", "node", "scripts/size.mjs"],
    ["Clients, generated and compiled", "scripts/build-clients"],
    ["Deployment, dry run", "wrangler", "deploy", "--dry-run"],
    // Two: the checks of pages run beside them.
    ["Edge tests, in workerd", ...(await nodeTest("tests/edge/*.test.mjs", 2, [waiting]))],
    ["Conformance, by schemathesis", "node", noWarning, "tests/conformance/run.mjs"],
  ],
  waiting: [["Edge tests that wait", ...(await nodeTest(waiting, 6))]],
  pages: [
    ["Browser tests, package and page", ...(await nodeTest("tests/browser/*.test.mjs", 2))],
    [
      "The package, packed: bundlers, servers, policies",
      ...(await nodeTest("tests/packaging/*.test.mjs", 2)),
    ],
  ],
};

/** One after the other: they take the whole machine, and a release waits for them. */
const long = [
  ["The module, by wasm-pack", "wasm-pack", "build", ...web],
  ["Native tests, many cases of each property", "cargo", "test", "--locked"],
  ["Beside the bench's peers", ...(await nodeTest("tests/bench/*.test.mjs"))],
  [
    "Crashes, clients that hang up, many keys, broken lines, many events",
    ...(await nodeTest(
      "tests/edge/{crash,abandoned,keys,large_contacts,live_loss,live_scale,webhook_crash,webhook_pace}.test.mjs",
    )),
  ],
  ["Conformance, by schemathesis", "node", noWarning, "tests/conformance/run.mjs"],
  ["Soak: 100,000 creates", "node", noWarning, "tests/soak.mjs"],
];

const isLong = process.argv[2] === "long";
const environment = {
  ...process.env,
  RUSTDOCFLAGS: "--deny warnings",
  CI: "1",
  // wrangler, Vite and others are compiled once, not at each of their starts.
  NODE_COMPILE_CACHE: join(root, "build/compile-cache"),
  ...(isLong
    ? { LONG: "1", PROPTEST_CASES: "100000", CARGO_PROFILE_DEV_OPT_LEVEL: "1" }
    : {
        // A bounded, reproducible run; `make conformance` generates other requests.
        EXAMPLES: "30",
        SEED: "1",
        PROPTEST_CASES: "2000",
      }),
};

/** Exit code of a check that could not run; its last line is the reason. */
const notMade = 77;

const results = [];
switch (process.argv[2]) {
  case "check":
    await Promise.all([inTurn(quick.cargo), inTurn(quick.wasm), inTurn(quick.node)]);
    break;
  case "long":
    await inTurn([build, ...long]);
    break;
  default: {
    const built = inTurn([build]);
    await Promise.all([
      // The tests have time limits, compilers have none.
      inTurn([...quick.cargo, ...thorough.cargo, ...quick.wasm], ["nice"]),
      Promise.all([built, inTurn(quick.node)]).then(() => inTurn(thorough.node)),
      built.then(() => inTurn(thorough.waiting)),
      built.then(() => inTurn(thorough.pages)),
    ]);
  }
}

const count = (wanted) => results.filter(({ verdict }) => verdict === wanted).length;
const tests = results.reduce((sum, result) => sum + result.tests, 0);
console.log(`\n${count("ok")} of ${results.length} checks passed; ${tests} tests passed.`);
for (const { label, verdict } of results) {
  if (verdict === "not made") console.log(`Not made: ${label}`);
}
for (const { label, verdict } of results) {
  if (verdict === "failed") console.log(`FAILED: ${label}`);
}
process.exit(count("failed") === 0 ? 0 : 1);

/** Runs checks one after the other; prints a line when one has ended. */
async function inTurn(checks, before = /** @type {string[]} */ ([])) {
  for (const [label, ...command] of checks) {
    const started = Date.now();
    const { code, output } = await run([...before, ...command]);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    const verdict = code === 0 ? "ok" : code === notMade ? "not made" : "failed";
    if (verdict === "ok") console.log(`${label}: ok, ${seconds} s`);
    else if (verdict === "failed") console.log(`${label}: FAILED, ${seconds} s\n\n${output}`);
    else console.log(`${label}: NOT MADE: ${output.trim().split("\n").at(-1)}`);
    results.push({ label, verdict, tests: countTests(output) });
  }
}

/** @param {string[]} command */
function run([command, ...args]) {
  return new Promise((resolve) => {
    const options = { cwd: root, env: environment };
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.on("error", (error) => resolve({ code: 1, output: error.message }));
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Counts the passed tests in the output of cargo's and node's test runners. */
function countTests(output) {
  const counts = [...output.matchAll(/^(?:test result: ok\. (\d+) passed|(?:# |ℹ )pass (\d+))/gm)];
  return counts.reduce((sum, [, cargo, node]) => sum + Number(cargo ?? node), 0);
}
