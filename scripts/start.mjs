// `make start`: runs the service from a built checkout, with keys to use it.

import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { makeSignInLink } from "./agents.mjs";
import { newKey, newRecord, putRecords } from "./keys.mjs";
import { freePort, root, serve, wrangler } from "./wrangler.mjs";

const port = Number(process.argv[2]);
const baseUrl = `http://127.0.0.1:${port}`;
// Tests set other folders.
const state = process.env.PERSIST_TO ?? join(root, ".wrangler/state");
const localFolder = process.env.LOCAL_DIR ?? join(root, ".local");
const environmentFile = join(localFolder, "env");
const secretsFile = join(localFolder, "secrets");
// Signs whoever reaches the port in to the inbox, as an agent of made-up data: it is there
// while this runs, on this machine's own address, and no deployment has it.
const localFile = join(root, "build/site/local.json");
const linkRenewalMs = 4 * 60 * 60 * 1000;
const local = ["--local", "--persist-to", state];

if (!(Number.isInteger(port) && port > 0 && port < 65536)) {
  fail(`PORT must be a number from 1 to 65535, not ${process.argv[2]}.`);
}
if ((await freePort(port)) === undefined) {
  fail(`Port ${port} is in use. Stop what uses it, or choose another: make start PORT=${port + 1}`);
}

await step("Migrating the local database", () =>
  wrangler("d1", "migrations", "apply", "DB", ...local),
);
const keys = await readKeys();
await step("Storing a secret and a publishable key", () => {
  const origins = [baseUrl, `http://localhost:${port}`];
  return putRecords(
    [
      [keys.secret, newRecord(keys.secret, { org: "demo", kind: "secret" })],
      [
        keys.publishable,
        newRecord(keys.publishable, { org: "demo", kind: "publishable", origins }),
      ],
    ],
    local,
  );
});
await writeKeys();
if (!existsSync(secretsFile)) {
  const secret = randomBytes(32).toString("base64");
  await writeFile(secretsFile, `TOKEN_SECRET="${secret}"\n`, { mode: 0o600 });
}

// Webhooks may lead to this machine. Files of earlier starts lack the line.
const allowLocal = 'WEBHOOKS_ALLOW_LOCAL="true"\n';
const secrets = await readFile(secretsFile, "utf8");
if (!secrets.includes(allowLocal)) await writeFile(secretsFile, secrets + allowLocal);

// wrangler serves the files that are there when it starts.
await writeFile(localFile, "{}");
process.on("exit", () => rmSync(localFile, { force: true }));

let isReady = false;
const startUp = [];
const { stop, closed } = await step("Starting the Worker", () =>
  serve({
    port,
    persistTo: state,
    secretsFile,
    log: (line) => {
      if (!isReady) startUp.push(line);
      // wrangler repeats each request that the service logs, with its path.
      else if (!line.startsWith("[wrangler:info]")) console.log(line);
    },
  }),
).catch((error) => fail(`${startUp.join("\n")}\n${error.message}`));
isReady = true;

let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, async () => {
    if (isStopping) return;
    isStopping = true;
    await stop();
    process.exit(0);
  });
}

const link = await writeLink().catch((error) => fail(error.message));
// Links work for eight hours.
setInterval(() => writeLink().catch(console.error), linkRenewalMs).unref();

console.log(`
chat-sessions is running. Ctrl-C stops it.

  service   ${baseUrl}
  page      ${baseUrl}/
  inbox     ${link}
  bot       node examples/bot/bot.mjs, in another terminal: answers what visitors write
  keys      ${relative(process.cwd(), environmentFile)} (BASE_URL, SECRET_KEY, PUBLISHABLE_KEY)

Create a session:

  curl ${baseUrl}/chat/sessions -H 'Authorization: Bearer ${keys.secret}' -H 'Content-Type: application/json' -d '{"channel":{"type":"web"},"custom_data":{"order_id":"ord_123","cart_value":149.99}}'
`);

await closed;
if (!isStopping) fail("The Worker has stopped.");

/** Returns the keys of the last start if there was one, so that they stay valid. */
async function readKeys() {
  const text = existsSync(environmentFile) ? await readFile(environmentFile, "utf8") : "";
  return {
    secret: text.match(/^SECRET_KEY=(sk_[0-9a-f]{64})$/m)?.[1] ?? newKey("secret"),
    publishable: text.match(/^PUBLISHABLE_KEY=(pk_[0-9a-f]{64})$/m)?.[1] ?? newKey("publishable"),
  };
}

async function writeKeys() {
  await mkdir(dirname(environmentFile), { recursive: true });
  const lines = [
    `BASE_URL=${baseUrl}`,
    `SECRET_KEY=${keys.secret}`,
    `PUBLISHABLE_KEY=${keys.publishable}`,
  ];
  await writeFile(environmentFile, `${lines.join("\n")}\n`, { mode: 0o600 });
  // The page reads its key here; a publishable key may be public.
  await writeFile(
    join(root, "build/site/config.json"),
    JSON.stringify({ publishableKey: keys.publishable }),
  );
}

/** Makes a sign-in link, gives it to the page, and returns it. */
async function writeLink() {
  const agent = { id: "ann", name: "Ann" };
  const { link } = await makeSignInLink({ baseUrl, secretKey: keys.secret, ...agent });
  const { pathname, hash } = new URL(link);
  // From its own address, the page is on that of the key too.
  await writeFile(localFile, JSON.stringify({ inbox: pathname + hash }));
  return link;
}

async function step(label, work) {
  process.stdout.write(`  ${label} … `);
  const started = Date.now();
  const result = await work();
  console.log(`done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
