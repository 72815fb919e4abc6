// The exports of the package. Importing it has no side effect.

export { createClient, createSession } from "./client.js";
export { ChatSessionError, isChatSessionError } from "./error.js";
export { load, validateSession } from "./load.js";
