// The rules of a create as ajv compiles them in the page, from the schema.

import Ajv from "ajv/dist/2020.js";
import { schema } from "./constants.js";

let check;

export async function load() {
  check = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
}

export function validate(value) {
  if (check(value)) return [];
  return check.errors.map(({ instancePath, message }) => ({ path: instancePath, message }));
}
