// Tables measured under load, and the contenders in each.

import { contenders } from "./contenders.mjs";
import { requests } from "./load.mjs";
import { titles } from "./options.mjs";

export const tables = [
  { title: titles.simulated, mode: "simulated", request: "create", connections: 16 },
  { title: titles.delayed, mode: "delayed", request: "create", connections: 4 },
  { title: titles.stub, mode: "stub", request: "create", connections: 16 },
  { title: titles.send, mode: "simulated", request: "send", connections: 16 },
  { title: titles.history, mode: "simulated", request: "history", connections: 16 },
  { title: titles.sendStub, mode: "stub", request: "send", connections: 16 },
  { title: titles.historyStub, mode: "stub", request: "history", connections: 16 },
  { title: titles.noToken, mode: "stub", request: "no token", connections: 16 },
  { title: titles.malformed, mode: "stub", request: "malformed JSON", connections: 16 },
  { title: titles.invalid, mode: "stub", request: "invalid fields", connections: 16 },
];

/** Returns the names of the contenders in a table. */
export const contendersIn = (table) =>
  Object.keys(contenders).filter((name) => belongs(name, table));

/** Returns true for the contenders that answer requests about messages. */
export const hasMessages = (name) => name === "chat-sessions" || name === "hono, tuned";

function belongs(name, { mode, request }) {
  if (requests[request].conversations) return hasMessages(name);
  if (name === "empty Worker") return request === "create" && mode === "stub";
  // drizzle reads rows back that the stub D1 does not have.
  if (name === "hono, idiomatic") return mode !== "stub";
  // It checks no field.
  return name !== "no validation" || request !== "invalid fields";
}
