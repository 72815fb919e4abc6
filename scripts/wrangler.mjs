// Runs wrangler, the tool that simulates, migrates and deploys the Worker.

import { spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** @import { AddressInfo } from "node:net" */

/** A start takes a second or two; a rebuild on a busy machine takes longer. */
const startTimeoutMs = 300_000;

const environment = {
  ...process.env,
  PATH: `${root}node_modules/.bin:${process.env.PATH}`,
  // Unattended: wrangler must not prompt.
  CI: "1",
  WRANGLER_SEND_METRICS: "false",
  // Disables wrangler's record of requests, and its page about them.
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
};

/** Functions that kill the runtimes started here; called at exit. */
const running = new Set();
process.on("exit", () => running.forEach((kill) => kill()));

/** Runs one wrangler command to its end and returns its output, without its warnings. */
export async function wrangler(...args) {
  const child = spawn("wrangler", args, { cwd: root, env: environment });
  let output = "";
  let warnings = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (warnings += text));
  const [code] = await once(child, "close");
  if (code === 0) return output;
  throw new Error(`wrangler ${args.slice(0, 3).join(" ")} failed:\n${output}${warnings}`);
}

/** Requests a minute of every limiter; high enough that no limit applies on one machine. */
export const unlimited = Object.fromEntries(
  ["CREDENTIAL", "ADDRESS", "NETWORK_56", "NETWORK_48", "SERVER", "AGENT", "FAILURE"].map(
    (name) => [`${name}_RATE_LIMITER`, 1_000_000],
  ),
);

/**
 * Writes wrangler.toml with other rate limits into a file beside it, because its paths
 * are relative.
 */
async function writeConfig(port, rateLimits) {
  let text = await readFile(join(root, "wrangler.toml"), "utf8");
  for (const [name, limit] of Object.entries(rateLimits)) {
    const binding = new RegExp(`(name = "${name}"[^[]*?limit = )\\d+`);
    if (!binding.test(text)) throw new Error(`wrangler.toml has no rate limit ${name}`);
    text = text.replace(binding, `$1${limit}`);
  }
  const file = join(root, `wrangler.local-${port}.toml`);
  await writeFile(file, `# Made from wrangler.toml, with other rate limits.\n${text}`);
  return file;
}

/**
 * Starts the Worker in workerd, with local D1 and KV, and waits until it responds.
 *
 * `secretsFile` has the Worker's secrets, `rateLimits` the requests a minute by
 * limiter. `log` is called with every line of the runtime's output. `stop` ends every
 * process started here; `crash` kills them.
 */
export async function serve({
  port,
  persistTo,
  log,
  secretsFile,
  rateLimits = unlimited,
  args = [],
}) {
  const config = await writeConfig(port, rateLimits);
  const child = spawn(
    "wrangler",
    [
      // First: --env-file would take a Worker's path for one more file.
      ...["dev", ...args],
      ...["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"],
      ...["--show-interactive-dev-session=false", "--persist-to", persistTo],
      ...["--config", config, "--env-file", secretsFile],
      // Otherwise it replaces this host by that of `routes`, in the Origin of pages too.
      ...["--host", `127.0.0.1:${port}`],
    ],
    // A separate process group, so that its children can be killed too.
    { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  const closed = once(child, "close");
  let hasClosed = false;
  closed.then(() => (hasClosed = true));
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(log);
    });
  }
  const kill = (signal) => {
    try {
      process.kill(-Number(child.pid), signal);
    } catch {
      // The process has ended already.
    }
  };
  const crash = async () => {
    kill("SIGKILL");
    await closed;
    running.delete(crash);
    await rm(config, { force: true });
  };
  running.add(crash);
  const stop = async () => {
    kill("SIGTERM");
    const hurry = setTimeout(() => kill("SIGKILL"), 3000);
    await closed;
    clearTimeout(hurry);
    await crash();
  };

  const baseUrl = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    if (hasClosed) throw new Error("the runtime ended before it answered");
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`the runtime did not answer within ${startTimeoutMs / 1000} s`);
    }
    try {
      await fetch(`${baseUrl}/chat/sessions`, { method: "OPTIONS" });
      return { baseUrl, stop, crash, closed, processGroup: child.pid };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Returns the port if nothing listens on it; for port 0, one that is free. */
export async function freePort(port = 0) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const { port: found } = /** @type {AddressInfo} */ (server.address());
      server.close(() => resolve(found));
    });
  });
}

function once(emitter, event) {
  return new Promise((resolve, reject) => {
    emitter.once(event, (...values) => resolve(values));
    emitter.once("error", reject);
  });
}
