// Tables measured under load, and the contenders in each.

import { contenders } from "./contenders.mjs";
import { titles } from "./options.mjs";

export const tables = [
  { title: titles.simulated, mode: "simulated", request: "create", connections: 16 },
  { title: titles.delayed, mode: "delayed", request: "create", connections: 4 },
  { title: titles.stub, mode: "stub", request: "create", connections: 16 },
  { title: titles.noToken, mode: "stub", request: "no token", connections: 16 },
  { title: titles.malformed, mode: "stub", request: "malformed JSON", connections: 16 },
  { title: titles.invalid, mode: "stub", request: "invalid fields", connections: 16 },
];

/** Returns the names of the contenders in a table. */
export const contendersIn = (table) =>
  Object.keys(contenders).filter((name) => belongs(name, table));

function belongs(name, { mode, request }) {
  if (name === "empty Worker") return request === "create" && mode === "stub";
  // drizzle reads rows back that the stub D1 does not have.
  if (name === "hono, idiomatic") return mode !== "stub";
  // It checks no field.
  return name !== "no validation" || request !== "invalid fields";
}
