// The OpenAPI document is valid, its examples match its schemas, and it accepts the
// requests that the rules accept.

import { Validator } from "@seriousme/openapi-schema-validator";
import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionRequestCases } from "../support/cases.mjs";
import { document, faultsOf, resolve } from "../support/contract.mjs";

test("it is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  assert.deepEqual(await validator.validate(structuredClone(document)), { valid: true });
  assert.equal(validator.version, "3.1");

  const broken = structuredClone(document);
  delete broken.paths["/chat/sessions"].post.responses[201].description;
  assert.equal((await new Validator().validate(broken)).valid, false);
});

/** Yields every schema that has examples, with its examples by place. */
function* exampled(value, place = "#", isResponse = false) {
  if (typeof value !== "object" || value === null) return;
  const examples = Object.entries(value.examples ?? {}).map(([name, { value: example }]) => [
    `${place}/examples/${name}`,
    example,
  ]);
  if ("example" in value) examples.push([`${place}/example`, value.example]);
  if (value.schema) yield { schema: value.schema, examples, isResponse };
  for (const [name, member] of Object.entries(value)) {
    yield* exampled(member, `${place}/${name}`, isResponse || name === "responses");
  }
}

test("every example is what its schema says", () => {
  let checked = 0;
  for (const { schema, examples, isResponse } of exampled(document)) {
    for (const [place, example] of examples) {
      assert.equal(faultsOf(example, schema, { response: isResponse }), "", place);
      checked += 1;
    }
  }
  assert.ok(checked >= 40, `${checked} examples`);
});

test("every body, and every header that has one, has an example or a constant", () => {
  const media = [];
  const visit = (value) => {
    if (typeof value !== "object" || value === null) return;
    if (value["application/json"]) media.push(value["application/json"]);
    Object.values(value).forEach(visit);
  };
  visit(document);
  assert.ok(media.length >= 20);
  for (const { example, examples } of media) {
    assert.ok(example !== undefined || Object.keys(examples).length > 0);
  }
});

/**
 * Returns true for a body that no schema can judge: one with a lone surrogate, or with
 * white space around an email address.
 */
function isBeyondSchemas(text, errors) {
  return (
    errors.some((error) => error.endsWith(" ill_formed_unicode")) ||
    /"email"\s*:\s*"(\s|\\[tnrf])|"email"\s*:\s*"[^"]*(\s|\\[tnrf])"/.test(text)
  );
}

test("the schema takes the session requests that the rules take, and no other", async () => {
  const { schema } = document.paths["/chat/sessions"].post.requestBody.content["application/json"];
  /** @type {{ taken: number, refused: number, beyond: string[] }} */
  const seen = { taken: 0, refused: 0, beyond: [] };
  for (const { name, text, expect } of await sessionRequestCases()) {
    if (expect.code === "malformed_json") continue;
    if (isBeyondSchemas(text, expect.errors ?? [])) {
      seen.beyond.push(name);
      continue;
    }
    const isRefused = expect.code === "invalid_request";
    const faults = faultsOf(JSON.parse(text), schema);
    assert.equal(faults !== "", isRefused, `${name}: ${text.slice(0, 200)}: ${faults}`);
    seen[isRefused ? "refused" : "taken"] += 1;
  }
  assert.ok(seen.taken >= 200 && seen.refused >= 200, JSON.stringify(seen));
  assert.ok(seen.beyond.length <= 40, JSON.stringify(seen.beyond));
});

test("resuming takes somebody whose session it is", () => {
  const { schema } = document.paths["/chat/sessions"].post.requestBody.content["application/json"];
  const takes = (request) => faultsOf({ resume: true, ...request }, schema) === "";
  assert.ok(takes({ contact_id: "0190163d-8694-739b-aea5-966c26f8ad91" }));
  assert.ok(takes({ verified: true, contact: { email: "ann@example.com" } }));
  assert.ok(takes({ verified: true, contact: { phone_number: "+1 (555) 010-0199" } }));
  // Anyone can type an email.
  assert.ok(!takes({ contact: { email: "ann@example.com" } }));
  assert.ok(!takes({ verified: null, contact: { email: "ann@example.com" } }));
  assert.ok(!takes({ verified: false, contact_id: "0190163d-8694-739b-aea5-966c26f8ad91" }));
  assert.ok(takes({ resume: false }));
  assert.ok(!takes({ verified: true }));
  assert.ok(!takes({ verified: true, contact: { email: " " } }));
  assert.ok(!takes({ verified: true, contact: { name: "Ann Lee" } }));
  assert.ok(takes({ verified: true, contact: { phone: "tel:+1-555-0100" } }));
  assert.ok(!takes({ verified: true, contact: { phone_number: "ask for Ann" } }));
  // No digit.
  assert.ok(!takes({ verified: true, contact: { phone_number: " (\u2013) .\u00a0" } }));
});

test("what a list may be asked for", () => {
  const { parameters } = document.paths["/chat/sessions"].get;
  const schemaOf = (name) =>
    resolve(parameters.find((parameter) => parameter.name === name)).schema;
  const takes = (name, value) => faultsOf(value, schemaOf(name)) === "";
  for (const moment of ["2026-11-24", "2026-11-24T09:30:00Z", "2026-11-24T09:30:00.5+01:00"]) {
    for (const name of ["created_after", "created_before", "updated_after", "updated_before"]) {
      assert.ok(takes(name, moment), `${name}=${moment}`);
      assert.ok(!takes(name, "2026-02-30"), `${name}=2026-02-30`);
      assert.ok(!takes(name, "yesterday"), `${name}=yesterday`);
    }
  }
  assert.ok(takes("cursor", "0".repeat(32)) && !takes("cursor", "A".repeat(32)));
  assert.ok(takes("limit", 100) && !takes("limit", 101) && !takes("limit", 0));
  assert.ok(takes("status", "open") && !takes("status", "ajar"));
  assert.ok(takes("channel_type", "web") && !takes("channel_type", "fax"));
});

test("every link leads from what its answer shows to what an operation takes", () => {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  let followed = 0;
  for (const { operationId, parameters, responses } of operations) {
    for (const { links = {}, headers, content } of Object.values(responses).map(resolve)) {
      for (const [name, link] of Object.entries(links)) {
        const place = `${name} of ${operationId}`;
        const target = operations.find((operation) => operation.operationId === link.operationId);
        assert.ok(target, place);
        for (const [parameter, expression] of Object.entries(link.parameters)) {
          const { schema } = target.parameters.map(resolve).find(({ name }) => name === parameter);
          const [, header] = expression.match(/^\$response\.header\.(.+)$/) ?? [];
          const [, inPath] = expression.match(/^\$request\.path\.(.+)$/) ?? [];
          const shown = inPath
            ? parameters.map(resolve).find(({ name }) => name === inPath)?.example
            : header
              ? resolve(headers[header]).example
              : at(fullestExample(content), expression.split("#")[1]);
          assert.ok(shown, `${parameter} of ${place}`);
          assert.equal(faultsOf(shown, schema), "", `${parameter} of ${place}`);
          followed += 1;
        }
      }
    }
  }
  assert.ok(followed >= 15, `${followed} parameters`);
});

/** Returns the longest example of a body. */
function fullestExample(content) {
  const { example, examples = { only: { value: example } } } = content["application/json"];
  const length = ({ value }) => JSON.stringify(value).length;
  return Object.values(examples).sort((one, other) => length(other) - length(one))[0].value;
}

function at(value, pointer) {
  const names = pointer.slice(1).split("/");
  return names.reduce((member, name) => member[name], value);
}
