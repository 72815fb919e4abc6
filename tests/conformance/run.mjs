// Tests the service from outside: schemathesis generates requests from /openapi.json,
// sends them to the service in workerd, and checks every response against the document.
// `make conformance`, and a short run in `make test`.
//
// EXAMPLES is the number of generated requests for each operation, besides those that
// follow from the document and from its links. SEED is the seed of the generator.

import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { document } from "../support/contract.mjs";
import { allowedOrigin, startRuntime } from "../support/runtime.mjs";
import { authenticate, createAgent, createVisitor, seedData } from "./seed.mjs";
import { isLive, successesAmiss, summarise } from "./summary.mjs";

/** @typedef {{ scheme: string, users: Record<string, string>, origin?: string, ids: any }} Run */

const here = new URL(".", import.meta.url);
const examples = Number(process.env.EXAMPLES || 1000);
const seed = Number(process.env.SEED || randomInt(2 ** 31));

const runtime = await startRuntime();
const folder = await mkdtemp(join(tmpdir(), "chat-sessions-conformance-"));
try {
  console.log(`${examples} examples for each operation, SEED=${seed}`);
  const { baseUrl, keys } = runtime;
  const ids = await seedData(baseUrl, keys.secret, { toRemove: Math.min(examples + 20, 500) });
  const ann = await authenticate(baseUrl, keys.secret, "ann@conformance.example");
  const ben = await authenticate(baseUrl, keys.secret, "ben@conformance.example");
  const visitor = () => createVisitor(baseUrl, keys.publishable, allowedOrigin);
  const [first, second] = [await visitor(), await visitor()];
  const agent = await createAgent(baseUrl, keys.secret, ids.kept_sessions);
  const stranger = await createAgent(baseUrl, keys.otherSecret, []);
  // Two users each, where there can be two: neither may see the other's data.
  /** @type {Run[]} */
  const runs = [
    { scheme: "publishableKey", users: { page: keys.publishable }, origin: allowedOrigin, ids },
    {
      scheme: "contactToken",
      users: { ann: ann.token, ben: ben.token },
      ids: {
        ...ids,
        kept_sessions: ann.sessions,
        kept_messages: ann.messages,
        kept_contacts: [ann.id],
      },
    },
    {
      scheme: "visitorToken",
      users: { first: first.token, second: second.token },
      origin: allowedOrigin,
      ids: { ...ids, kept_sessions: first.sessions, kept_messages: first.messages },
    },
    {
      scheme: "agentToken",
      users: { ben: agent.token, stranger: stranger.token },
      ids: { ...ids, kept_messages: agent.messages },
    },
    // Last: it removes contacts, Ann too.
    { scheme: "secretKey", users: { acme: keys.secret, globex: keys.otherSecret }, ids },
  ];
  const verdicts = [];
  for (const run of runs) verdicts.push(await conforms({ origin: undefined, ...run }));
  const unseen = successesAmiss(runtime.log());
  if (unseen.length > 0) console.log(`FAILED: nobody ever got ${unseen.join(", ")}`);
  process.exitCode = verdicts.every(Boolean) && unseen.length === 0 ? 0 : 1;
} finally {
  await runtime.stop();
  await rm(folder, { recursive: true, force: true });
}

/**
 * Runs schemathesis on the operations that one kind of credential allows.
 *
 * @param {Run} run
 */
async function conforms({ scheme, users, origin, ids }) {
  const allowed = Object.values(document.paths)
    .flatMap((item) => Object.values(item))
    .filter((operation) => !isLive(operation))
    .filter(({ security }) => security.some((option) => scheme in option));
  const operations = allowed.map(({ operationId }) => operationId);
  const links = allowed
    .flatMap(({ responses }) => Object.values(responses))
    .flatMap(({ links = {} }) => Object.values(links));
  const config = await writeConfig(scheme, users, origin);
  const report = join(folder, `${scheme}-report.json`);
  const before = runtime.log().length;
  // Without links between them there is nothing to follow.
  const phases = [
    "examples",
    "coverage",
    "fuzzing",
    ...(links.some(({ operationId }) => operations.includes(operationId)) ? ["stateful"] : []),
  ];
  const { code, output } = await schemathesis({ SCHEME: scheme, IDS: JSON.stringify(ids) }, [
    ...["--config-file", config, "run", `${runtime.baseUrl}/openapi.json`, "--no-color"],
    ...["--checks", "all", "--phases", phases.join()],
    ...["--max-examples", String(examples), "--seed", String(seed)],
    ...["--report", "json", "--report-json-path", report],
    ...operations.flatMap((id) => ["--include-operation-id", id]),
  ]);
  if (code !== 0) console.log(output);
  console.log(
    summarise(
      scheme,
      operations,
      JSON.parse(await readFile(report, "utf8")),
      runtime.log().slice(before),
    ),
  );
  return code === 0;
}

/** Writes schemathesis.toml with the credentials of the users. */
async function writeConfig(scheme, users, origin) {
  const credentials = join(folder, `${scheme}-credentials.json`);
  const auth = Object.entries(users).map(([name, token]) => ({
    name,
    fixedHeaders: [
      { name: "Authorization", value: `Bearer ${token}` },
      ...(origin ? [{ name: "Origin", value: origin }] : []),
    ],
  }));
  await writeFile(credentials, JSON.stringify({ auth }));

  const names = Object.keys(users);
  const config = join(folder, `${scheme}.toml`);
  const sections = [
    await readFile(new URL("schemathesis.toml", here), "utf8"),
    `[auth.wfc]\npath = ${JSON.stringify(credentials)}\nuser = "${names[0]}"\n`,
    names.length > 1 ? `peers = ${JSON.stringify(names)}\n` : "",
  ];
  await writeFile(config, sections.join("\n"));
  return config;
}

async function schemathesis(environment, args) {
  const requirements = await readFile(new URL("requirements.txt", here), "utf8");
  const pinned = requirements.match(/^schemathesis==(.+)$/m);
  const [, version] = /** @type {RegExpMatchArray} */ (pinned);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const command = join(cache, "chat-sessions", `schemathesis-${version}`, "bin", "schemathesis");
  const hooks = new URL("hooks.py", here).pathname;
  const env = {
    ...process.env,
    ...environment,
    SCHEMATHESIS_HOOKS: hooks,
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
