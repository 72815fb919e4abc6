// The packed package in a real jsdom, where other libraries' tests run: it works as soon
// as the page's missing functions are there, and says which one is missing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { JSDOM } from "jsdom";
import { startRuntime } from "../support/runtime.mjs";
import { newProject } from "./project.mjs";

let project;
let runtime;
let script;
before(async () => {
  project = await newProject();
  runtime = await startRuntime();
  const { outputFiles } = await build({
    stdin: {
      contents: 'export * from "chat-sessions"; export * from "./try_package.js";',
      resolveDir: project.folder,
    },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "chat",
    logLevel: "error",
  });
  script = outputFiles[0].text;
});
after(async () => {
  await runtime?.stop();
  await project?.remove();
});

/** Returns the package in a new page that has the given globals besides jsdom's own. */
function openPage(globals) {
  const { window } = new JSDOM("", { runScripts: "outside-only", url: "http://localhost/" });
  Object.assign(window, globals);
  window.eval(script);
  return window;
}

const ofNode = { TextDecoder, TextEncoder, Headers, Request, fetch };

test("with the functions of Node.js it opens a session", async () => {
  const { chat } = openPage(ofNode);
  const { baseUrl, keys } = runtime;
  const tried = await chat.tryPackage({ baseUrl, token: keys.secret });
  assert.equal(tried.refused.code, "invalid_request");
  assert.equal(tried.validated, "/verified invalid_type");
  assert.equal((await runtime.query("SELECT 1 FROM sessions WHERE id = ?", tried.id)).length, 1);
});

test("what is missing is named", async () => {
  for (const name of ["Headers", "Request", "TextDecoder", "TextEncoder"]) {
    const window = openPage(ofNode);
    delete window[name];
    const { createSession, isChatSessionError } = window.chat;
    const options = { baseUrl: runtime.baseUrl, token: runtime.keys.secret };
    const error = await createSession({}, options).catch((error) => error);
    assert.ok(isChatSessionError(error));
    assert.equal(error.code, "invalid_options");
    assert.ok(error.message.includes(`no ${name},`), error.message);
  }
});

test("without a way to detach memory, that is named", async () => {
  const window = openPage(ofNode);
  delete window.ArrayBuffer.prototype.transfer;
  const error = await window.chat.load().catch((error) => error);
  assert.equal(error.code, "invalid_options");
  assert.match(error.message, /no structuredClone,/);
});
