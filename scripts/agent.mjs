// `make agent`: makes a sign-in link to the inbox.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { agentIdOf, makeSignInLink } from "./agents.mjs";
import { parseOrganization } from "./key_options.mjs";
import { root } from "./wrangler.mjs";

const { ORG = "", NAME, ID, REMOTE, BASE_URL, SECRET_KEY } = process.env;
// Tests set another folder.
const localFile = join(process.env.LOCAL_DIR ?? join(root, ".local"), "env");
const usage = `usage:
  make agent NAME="Ann" [ORG=demo] [ID=ann]
  BASE_URL=https://chat.example.com SECRET_KEY=sk_… make agent NAME="Ann" ORG=acme REMOTE=1
Without REMOTE=1 it is for the service that make start runs. ID is the agent's id, the same
in each of their links; without one it is made of the name.`;

try {
  await make();
} catch (error) {
  console.error(error.cause ? `${error.message}: ${error.cause.message}` : error.message);
  process.exit(1);
}

async function make() {
  const name = NAME?.trim();
  if (!name) throw new Error(usage);
  const org = ORG ? parseOrganization(ORG) : "demo";
  const { baseUrl, secretKey } = REMOTE ? remote() : await local(org);
  const id = ID || agentIdOf(name);
  const { link, organization } = await makeSignInLink({ baseUrl, secretKey, id, name });
  if (organization !== org) {
    throw new Error(`SECRET_KEY is a key of ${organization}, not of ${org}.`);
  }
  console.log(`${name} of ${org} signs in with this link, which works for 8 hours:`);
  console.log(link);
}

function remote() {
  if (!BASE_URL || !SECRET_KEY) {
    throw new Error(
      `REMOTE=1 needs BASE_URL and SECRET_KEY in the environment: the address of the service, ` +
        `and a secret key of the organization (make key KIND=secret REMOTE=1).\n${usage}`,
    );
  }
  if (!BASE_URL.startsWith("https://")) {
    throw new Error("BASE_URL must begin with https://: a secret key is sent there.");
  }
  return { baseUrl: BASE_URL.replace(/\/+$/, ""), secretKey: SECRET_KEY };
}

/** @param {string} org */
async function local(org) {
  const text = existsSync(localFile) ? await readFile(localFile, "utf8") : "";
  const baseUrl = BASE_URL || text.match(/^BASE_URL=(.+)$/m)?.[1];
  if (!baseUrl)
    throw new Error("The service has not run here yet: make start, in another terminal.");
  const ofDemo = text.match(/^SECRET_KEY=(.+)$/m)?.[1];
  const secretKey = SECRET_KEY || (org === "demo" ? ofDemo : undefined);
  if (!secretKey) {
    throw new Error(
      `There is no key of ${org} at hand. Make one, and name it in the environment:\n` +
        `  make key ORG=${org} KIND=secret\n  SECRET_KEY=sk_… make agent NAME="…" ORG=${org}`,
    );
  }
  return { baseUrl, secretKey };
}
