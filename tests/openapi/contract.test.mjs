// The check of responses against the document fails on wrong ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertConforms, document, resolve } from "../support/contract.mjs";

const { paths } = document;
const location = "/chat/sessions/01a20ce4-05c0-7b7d-b484-2263743d73a6";
const headers = {
  "X-Request-Id": "e6bc4384-584a-488e-976e-870e24a7626c",
  "Cache-Control": "no-store",
  "Content-Type": "application/json; charset=utf-8",
};
const session = paths["/chat/sessions/{session_id}"].get.responses[200].content["application/json"];
const shown = {
  method: "GET",
  path: location,
  status: 200,
  headers: { ...headers, ETag: `"${"0".repeat(32)}"` },
  body: session.example,
};
const { value: unauthorized } = resolve(paths["/chat/sessions"].get.responses[401]).content[
  "application/json"
].examples.missing_token;
const refused = {
  method: "GET",
  path: "/chat/sessions?limit=5",
  status: 401,
  headers: { ...headers, "WWW-Authenticate": 'Bearer realm="chat-sessions"' },
  body: unauthorized,
};
const removed = {
  method: "DELETE",
  path: "/contacts/01a20ce4-05c0-7c41-9f02-e83b551a96d7",
  status: 204,
  headers: { ...headers, "Content-Type": undefined },
  body: "",
};
delete removed.headers["Content-Type"];

test("answers as they are documented conform", () => {
  for (const answer of [shown, refused, removed]) assertConforms(answer);
  assertConforms({ ...shown, headers: new Headers(shown.headers) });
  const other = resolve(paths["/chat/sessions"].get.responses[405]).content["application/json"];
  assertConforms({
    method: "PUT",
    path: location,
    status: 405,
    headers: { ...headers, Allow: "GET, HEAD, PATCH, DELETE, OPTIONS" },
    body: other.examples.method_not_allowed.value,
  });
});

const { status: _, ...withoutStatus } = shown.body;
const { ETag: __, ...withoutTag } = shown.headers;
/** @type {Record<string, [any, RegExp]>} */
const guilty = {
  "a status that is not documented": [{ ...shown, status: 202 }, /202 .* is not documented/],
  "a method that is not documented": [{ ...shown, method: "PUT" }, /is not documented/],
  "a path that is not documented": [{ ...shown, path: "/chat" }, /is not documented/],
  "a member that is not documented": [
    { ...shown, body: { ...shown.body, secret: 1 } },
    /additional properties/,
  ],
  "one that is further down": [
    { ...shown, body: { ...shown.body, contact: { ...shown.body.contact, secret: 1 } } },
    /contact must NOT have additional properties/,
  ],
  "a member that is missing": [{ ...shown, body: withoutStatus }, /required property 'status'/],
  "a member of another type": [
    { ...shown, body: { ...shown.body, ticket_number: "7" } },
    /ticket_number must be integer/,
  ],
  "an attribute that is no scalar": [
    { ...shown, body: { ...shown.body, custom_data: { cart: [] } } },
    /custom_data\/cart must be/,
  ],
  "an id in upper case": [
    { ...shown, body: { ...shown.body, id: shown.body.id.toUpperCase() } },
    /id must match pattern/,
  ],
  "a header that is missing": [{ ...shown, headers: withoutTag }, /has no ETag/],
  "a header that is wrong": [
    { ...shown, headers: { ...shown.headers, "Cache-Control": "public" } },
    /Cache-Control/,
  ],
  "another media type": [
    { ...shown, headers: { ...shown.headers, "Content-Type": "text/html" } },
    /media type/,
  ],
  "the code of another status": [
    { ...refused, body: { ...refused.body, code: "session_not_found" } },
    /code must be equal to one of the allowed values/,
  ],
  "a body where there is none": [{ ...removed, body: "{}" }, /has a body/],
};

for (const [name, [answer, message]] of /** @type {[string, any][]} */ (Object.entries(guilty))) {
  test(`${name} does not`, () => {
    assert.throws(() => assertConforms(answer), message);
  });
}
