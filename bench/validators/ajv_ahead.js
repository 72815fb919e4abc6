// The same, compiled when the page was built: what ajv calls standalone.

import check from "ajv-standalone";

export async function load() {}

export function validate(value) {
  if (check(value)) return [];
  return check.errors.map(({ instancePath, message }) => ({ path: instancePath, message }));
}
