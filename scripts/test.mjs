// `make test`: runs every check, the fast ones first, and prints one summary.
// `make check` runs the fast ones only.

import { spawn } from "node:child_process";
import { glob } from "node:fs/promises";
import { root } from "./wrangler.mjs";

const wasm = ["--target", "wasm32-unknown-unknown"];
const deny = ["--", "--deny", "warnings"];
const nodeTest = ["--disable-warning=ExperimentalWarning", "--test", "--test-concurrency=1"];
const files = async (pattern) => (await Array.fromAsync(glob(pattern, { cwd: root }))).sort();

/** `make check`: no build, no browser, no runtime. */
const quick = [
  ["Format", "cargo", "fmt", "--check"],
  ["Format of fuzz targets", "cargo", "fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"],
  ["Format of scripts and page", "prettier", "--check", "--log-level=warn", "."],
  ["Prose of comments", "scripts/check-prose"],
  ["Lints of JavaScript", "eslint", "--max-warnings=0", "."],
  ["Unused dependencies", "scripts/unused-dependencies"],
  ["Lints, core and native tests", "cargo", "clippy", "--locked", "--all-targets", ...deny],
  ["Lints, edge", "cargo", "clippy", "--locked", "--features", "edge", ...wasm, ...deny],
  ["Lints, browser", "cargo", "clippy", "--locked", ...wasm, "--lib", "--tests", ...deny],
  ["Native tests: units, cases, properties", "cargo", "test", "--locked"],
  ["Documentation", "cargo", "doc", "--locked", "--no-deps"],
  ["OpenAPI document", "node", ...nodeTest, ...(await files("tests/openapi/*.test.mjs"))],
  ["Types of the package", "tsc", "-p", "tests/types"],
  ["Types of JavaScript, package and page", "tsc", "-p", "pkg"],
  ["Types of JavaScript, scripts and bench", "tsc"],
];

const thorough = [
  ["Dependencies", "cargo", "deny", "--locked", "check", "licenses", "bans", "sources"],
  ["Dependencies, advisories", "scripts/advisories"],
  ["Build", "make", "--no-print-directory", "build"],
  ["Size budgets", "node", "scripts/size.mjs"],
  ["Clients, generated and compiled", "scripts/build-clients"],
  ["Deployment, dry run", "wrangler", "deploy", "--dry-run"],
  ["Beside the bench's peers", "node", ...nodeTest, ...(await files("tests/bench/*.test.mjs"))],
  // Plain wasm-pack commands, without our scripts.
  ["Browser tests, below the package", "wasm-pack", "test", "--headless", "--chrome"],
  ["The module, by wasm-pack", "wasm-pack", "build", "--target=web", "--out-dir=target/pkg"],
  [
    "Browser tests, package and page",
    "node",
    ...nodeTest,
    ...(await files("tests/browser/*.test.mjs")),
  ],
  [
    "The package, packed: bundlers, servers, policies",
    "node",
    ...nodeTest,
    ...(await files("tests/packaging/*.test.mjs")),
  ],
  ["Conformance, by schemathesis", "node", nodeTest[0], "tests/conformance/run.mjs"],
  ["Edge tests, in workerd", "node", ...nodeTest, ...(await files("tests/edge/*.test.mjs"))],
];

const checks = process.argv[2] === "check" ? quick : [...quick, ...thorough];

/** Exit code of a check that could not run; its last line is the reason. */
const notMade = 77;

const results = [];
for (const [label, ...command] of checks) {
  process.stdout.write(`${label} … `);
  const started = Date.now();
  const { code, output } = await run(command);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (code === 0) console.log(`ok, ${seconds} s`);
  else if (code === notMade) console.log(`NOT MADE: ${output.trim().split("\n").at(-1)}`);
  else console.log(`FAILED, ${seconds} s\n\n${output}`);
  results.push({ label, code, tests: countTests(output) });
}

const failed = results.filter(({ code }) => code !== 0 && code !== notMade);
const unmade = results.filter(({ code }) => code === notMade);
const tests = results.reduce((sum, result) => sum + result.tests, 0);
console.log(
  `\n${checks.length - failed.length - unmade.length} of ${checks.length} checks passed; ${tests} tests passed.`,
);
for (const { label } of unmade) console.log(`Not made: ${label}`);
for (const { label } of failed) console.log(`FAILED: ${label}`);
process.exit(failed.length === 0 ? 0 : 1);

function run([command, ...args]) {
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      RUSTDOCFLAGS: "--deny warnings",
      CI: "1",
      // A bounded, reproducible run; `make conformance` generates other requests.
      EXAMPLES: "30",
      SEED: "1",
    };
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
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
