// The exports of `chat-sessions/static`: the same without `import()`, which service
// workers do not have. The module is imported as JavaScript, which runs under every
// Content-Security-Policy.

import { ChatSessionError } from "./error.js";
import { instantiate } from "./fallback.js";
import * as live from "./live.js";
import { newPackage } from "./package.js";

export const { createClient, createSession, createVisitor, load, validateSession } = newPackage(
  () => instantiate(ChatSessionError),
  () => live,
);
export { ChatSessionError, isChatSessionError } from "./error.js";
