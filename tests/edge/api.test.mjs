// The scenarios of tests/cases/api.json, conversations.json and webhooks.json, run against workerd over HTTP.
// tests/api_cases.rs runs the same ones against the in-memory store.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { expand } from "../support/cases.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

const stories = [];
for (const name of ["api.json", "conversations.json", "webhooks.json"]) {
  const file = new URL(`../cases/${name}`, import.meta.url);
  stories.push(...JSON.parse(await readFile(file, "utf8")).stories);
}

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

for (const { name, steps } of stories) {
  test(name, async () => {
    const names = withUpperCase({
      secret: runtime.keys.secret,
      publishable: runtime.keys.publishable,
      second_secret: runtime.keys.secondSecret,
      wildcard: runtime.keys.wildcard,
      other_secret: runtime.keys.otherSecret,
    });
    for (const step of steps) {
      const { send: request, expect, keep = {} } = fillIn(step, names);
      const { as, authorization, text, body, headers, ...rest } = request;
      const answer = await sendReliably(expect, {
        ...rest,
        body: text ?? body,
        headers: {
          ...(as && { Authorization: `Bearer ${names[as]}` }),
          ...(authorization && { Authorization: authorization }),
          ...headers,
        },
      });
      check(expect, answer);
      const kept = Object.entries(keep).map(([name, path]) => [
        name,
        String(at(answer.body, path)),
      ]);
      Object.assign(names, withUpperCase(Object.fromEntries(kept)));
    }
  });
}

/**
 * Sends a request; one that is to be rejected again if its connection is reset. workerd
 * resets one whose body it does not read, and the reset may overtake the response, or
 * meet the next request.
 */
async function sendReliably(expect, request) {
  const changesNothing = expect.status >= 400;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(runtime.baseUrl, request);
    } catch (error) {
      if (!changesNothing || attempt === 10) throw error;
    }
  }
}

function withUpperCase(names) {
  const upper = Object.entries(names).map(([name, value]) => [
    name.toUpperCase(),
    value.toUpperCase(),
  ]);
  return { ...names, ...Object.fromEntries(upper) };
}

/** Replaces `<name>` with the value saved under that name; expands macros. */
function fillIn(value, names) {
  if (typeof value === "string") {
    return expand(value.replace(/<([A-Za-z_]+)>/g, (tag, name) => names[name] ?? tag));
  }
  if (Array.isArray(value)) return value.map((item) => fillIn(item, names));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, fillIn(item, names)]),
  );
}

function check(expect, { status, headers, body, text }) {
  const context = `${status} ${text.slice(0, 400)}`;
  assert.equal(status, expect.status, context);
  if (expect.code) {
    assert.equal(body.code, expect.code, context);
    assert.equal(body.statusCode, status, context);
  }
  for (const [name, expected] of Object.entries(expect.headers ?? {})) {
    assertLike(expected, headers.get(name), false, name);
  }
  if (expect.errors) {
    assert.deepEqual(body.errors.map(({ path, code }) => `${path} ${code}`).sort(), expect.errors);
  }
  if (expect.body) assertLike(expect.body, body, false, context);
  if (expect.exact) assertLike(expect.exact, body, true, context);
  for (const [path, expected] of Object.entries(expect.same ?? {})) {
    assertLike(expected, at(body, path), true, path);
  }
  for (const [path, before] of Object.entries(expect.next_of ?? {})) {
    assert.equal(at(body, path), Number(before) + 1, path);
  }
  for (const name of expect.absent ?? []) assert.ok(!(name in body), `${name} is there`);
  if (expect.no_body) assert.equal(text, "");
  if (expect.contains) assert.ok(text.includes(expect.contains), context);
}

/**
 * Asserts that `actual` matches: `~` begins a regular expression, `!` a value that it
 * must not have, and an object may have further members unless `exactly`.
 */
function assertLike(expected, actual, exactly, context) {
  if (typeof expected === "string" && expected.startsWith("~")) {
    assert.match(String(actual), new RegExp(expected.slice(1)), context);
  } else if (typeof expected === "string" && expected.startsWith("!")) {
    assert.notEqual(String(actual), expected.slice(1), context);
  } else if (expected !== null && typeof expected === "object") {
    assert.ok(actual !== null && typeof actual === "object", context);
    if (Array.isArray(expected)) assert.equal(actual.length, expected.length, context);
    if (exactly)
      assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), context);
    for (const [name, value] of Object.entries(expected)) {
      assertLike(value, actual[name], exactly, `${name} of ${context}`);
    }
  } else {
    assert.deepEqual(actual, expected, context);
  }
}

function at(value, path) {
  return path.split(".").reduce((member, name) => member[name], value);
}
