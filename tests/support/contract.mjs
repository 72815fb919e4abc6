// Checks of responses and values against the OpenAPI document.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** The document that is served at /openapi.json. */
export const document = JSON.parse(
  readFileSync(new URL("../../www/openapi.json", import.meta.url), "utf8"),
);

const json = "application/json";
const open = newValidator(document);
const closed = newValidator(close(document));

/**
 * Asserts that a response matches the document: its status, its required headers, its
 * media type, and a body without undocumented members. `path` may have a query; `body`
 * is parsed JSON, or "" if there is none.
 */
export function assertConforms({ method, path, status, headers, body }) {
  const answer = `${status} of ${method} ${path}`;
  const found = findResponse(method, path, status);
  assert.ok(found, `${answer} is not documented`);

  for (const [name, { required, schema }] of Object.entries(found.response.headers)) {
    const value = new Headers(headers).get(name);
    if (value === null) {
      assert.ok(!required, `${answer} has no ${name}`);
      continue;
    }
    const typed = schema.type === "integer" ? Number(value) : value;
    const faults = faultsOf(typed, schema, { response: true });
    assert.equal(faults, "", `${name} of ${answer}: ${faults}`);
  }

  const mediaType = new Headers(headers).get("content-type");
  const content = found.response.content?.[json];
  if (!content) {
    assert.equal(mediaType, null, `${answer} has a media type`);
    assert.ok(body === "" || body === undefined || body === null, `${answer} has a body`);
    return;
  }
  assert.equal(mediaType?.split(";")[0].trim(), json, `media type of ${answer}`);
  const faults = faultsOf(body, content.schema, { response: true });
  assert.equal(faults, "", `body of ${answer}: ${faults}\n${JSON.stringify(body, null, 2)}`);
}

/**
 * Returns the errors of a value as text; empty if there are none. A member that is not
 * in the schema is an error in a response, and ignored in a request.
 */
export function faultsOf(value, schema, { response = false } = {}) {
  const { ajv, compiled } = response ? closed : open;
  if (!compiled.has(schema)) compiled.set(schema, ajv.compile(absolute(schema)));
  const validate = compiled.get(schema);
  return validate(value) ? "" : ajv.errorsText(validate.errors, { dataVar: "", separator: "; " });
}

/** Resolves a reference; anything else is returned as it is. */
export function resolve(value) {
  if (typeof value?.$ref !== "string") return value;
  const names = value.$ref.slice("#/".length).split("/");
  return names.reduce((parent, name) => parent[name], document);
}

function findResponse(method, path, status) {
  const parts = path.split("?")[0].split("/");
  const isTemplateOf = (template) => {
    const names = template.split("/");
    return (
      names.length === parts.length &&
      names.every((name, index) => name === parts[index] || /^\{.+\}$/.test(name))
    );
  };
  const item = document.paths[Object.keys(document.paths).find(isTemplateOf) ?? ""];
  const operation = item?.[method.toLowerCase()];
  // The 405 of a method that the path lacks is documented with its other methods.
  const responses =
    operation?.responses ?? (status === 405 && Object.values(item ?? {})[0].responses);
  const response = resolve(responses?.[status]);
  if (!response) return undefined;
  const headers = Object.entries(response.headers ?? {});
  return {
    response: {
      ...response,
      headers: Object.fromEntries(headers.map(([name, header]) => [name, resolve(header)])),
    },
  };
}

function newValidator(schemas) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return { ajv: ajv.addSchema(schemas, "openapi"), compiled: new WeakMap() };
}

/** Makes the references of a part of the document absolute, for the validator. */
function absolute(value) {
  if (Array.isArray(value)) return value.map(absolute);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === "$ref" ? `openapi${member}` : absolute(member),
    ]),
  );
}

/** Returns the document with objects that allow only their listed members. */
function close(value) {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, close(member)]),
  );
  const isListed = copy.type === "object" && typeof copy.properties === "object";
  return isListed && !("additionalProperties" in copy)
    ? { ...copy, additionalProperties: false }
    : copy;
}
