// The same rules, compiled when the page was built: ajv's standalone code.

import check from "ajv-standalone";

export async function load() {}

export function validate(value) {
  if (check(value)) return [];
  return check.errors.map(({ instancePath, message }) => ({ path: instancePath, message }));
}
