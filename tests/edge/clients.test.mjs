// Generated clients work unchanged: one typed by our own OpenAPI document, and one
// typed by the document that OpenCX published in 2024.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import addFormats from "ajv-formats";
import Ajv from "ajv/dist/2020.js";
import { roundTrip } from "../clients/generated.ts";
import { useOpenCx } from "../clients/opencx.ts";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

test("a client typed by openapi.json goes through a conversation's whole life", async () => {
  await roundTrip(runtime.baseUrl, runtime.keys.secret);
});

test("a client of OpenCX's 2024 API creates, gets, lists, updates and talks, unchanged", async () => {
  // OpenCX's API of 2024 could not create a contact: this one exists already.
  const { body } = await send(runtime.baseUrl, {
    path: "/widget/authenticate-user",
    token: runtime.keys.otherSecret,
    body: { email: "ann@example.com", name: "Ann", customData: { plan: "pro" } },
  });
  for (let count = 0; count < 30; count += 1) {
    await send(runtime.baseUrl, { token: runtime.keys.otherSecret, body: {} });
  }
  const { baseUrl, keys } = runtime;
  const seen = await useOpenCx(baseUrl, keys.otherSecret, body.contact.id);

  const file = new URL("../clients/opencx-2024.json", import.meta.url);
  const { components } = JSON.parse(await readFile(file, "utf8"));
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
  ajv.addSchema({ $id: "opencx", components: nullAsType(components) });
  const names = new Set();
  for (const { schema, body } of seen) {
    const validate = ajv.getSchema(`opencx#/components/schemas/${schema}`);
    assert.ok(validate(body), `${schema}: ${ajv.errorsText(validate.errors)}`);
    names.add(schema);
  }
  assert.deepEqual([...names].sort(), [
    "CreateChatSessionOutput",
    "ErrorDto",
    "GetChatSessionOutput",
    "ListChatHistoryOutput",
    "ListChatSessionsOutput",
    "SendMessageOutput",
  ]);
});

/** Converts OpenAPI 3.0's `nullable` to JSON Schema. */
function nullAsType(schema) {
  if (Array.isArray(schema)) return schema.map(nullAsType);
  if (schema === null || typeof schema !== "object") return schema;
  const { nullable, ...rest } = schema;
  const entries = Object.entries(rest).map(([name, value]) => [name, nullAsType(value)]);
  const plain = Object.fromEntries(entries);
  return nullable ? { ...plain, type: [plain.type, "null"] } : plain;
}
