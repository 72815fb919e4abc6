// The packed package on servers: the oldest Node.js that it supports, the newest one
// here, Cloudflare Workers.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { createServer } from "vite";
import { freePort, serve } from "../../scripts/wrangler.mjs";
import { startRuntime } from "../support/runtime.mjs";
import { bin, command, newProject } from "./project.mjs";

const nodes = { "20.0.0": bin("node"), [process.versions.node]: process.execPath };
const tried = {
  refused: { isOurs: true, code: "invalid_request", paths: ["/contact/email"] },
  validated: "/verified invalid_type",
  live: "live",
};

let project;
let runtime;
before(async () => {
  project = await newProject();
  runtime = await startRuntime();
});
after(async () => {
  await runtime?.stop();
  await project?.remove();
});

async function assertTried({ id, ...rest }) {
  assert.deepEqual(rest, tried);
  assert.equal((await runtime.query("SELECT 1 FROM sessions WHERE id = ?", id)).length, 1);
}

for (const [version, node] of Object.entries(nodes)) {
  test(`Node.js ${version}: importing it touches nothing and leaves nothing behind`, async () => {
    const { stdout, stderr } = await command(project.folder, node, "watched_import.js");
    assert.equal(stderr, "");
    const { exports, touched, added, open } = JSON.parse(stdout);
    assert.deepEqual(exports, [
      "ChatSessionError",
      "createClient",
      "createSession",
      "createVisitor",
      "isChatSessionError",
      "load",
      "validateSession",
    ]);
    assert.deepEqual({ touched, added }, { touched: [], added: [] });
    // Node.js itself has its output and the files of the modules open.
    assert.deepEqual(
      open.filter((resource) => !/^(Pipe|TTY|FS|CloseReq)/.test(resource)),
      [],
    );
  });

  for (const file of ["server.js", "server.cjs"]) {
    test(`Node.js ${version}: ${file} opens a session, and the program ends by itself`, async () => {
      assert.match((await command(project.folder, node, "--version")).stdout, new RegExp(version));
      const { baseUrl, keys } = runtime;
      const { stdout } = await command(project.folder, node, file, baseUrl, keys.secret);
      await assertTried(JSON.parse(stdout));
    });
  }
}

test("a server that renders: Vite loads it as Next.js and Nuxt do, in Node.js", async () => {
  const server = await createServer({
    root: project.folder,
    logLevel: "error",
    appType: "custom",
    server: { middlewareMode: true, ws: false },
  });
  try {
    const { tryPackage } = await server.ssrLoadModule("/try_package.js");
    await assertTried(await tryPackage({ baseUrl: runtime.baseUrl, token: runtime.keys.secret }));
  } finally {
    await server.close();
  }
});

test("a Cloudflare Worker, which compiles no WebAssembly, opens a session", async () => {
  // wrangler itself, because it is what bundles the package into a Worker.
  const lines = [];
  const secretsFile = `${project.folder}/secrets`;
  await writeFile(secretsFile, "");
  const worker = await serve({
    port: await freePort(),
    persistTo: `${project.folder}/state`,
    secretsFile,
    log: (line) => lines.push(line),
    args: [`${project.folder}/server_worker.js`],
  });
  try {
    const response = await fetch(worker.baseUrl + "/chat", {
      method: "POST",
      body: JSON.stringify({ baseUrl: runtime.baseUrl, token: runtime.keys.secret }),
    });
    assert.equal(response.status, 200, lines.join("\n"));
    await assertTried(await response.json());
  } finally {
    await worker.stop();
  }
});
