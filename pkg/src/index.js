// The exports of the package. Importing it has no side effect: the first call loads the
// rules.

import { importLive, instantiate } from "./dynamic.js";
import { newPackage } from "./package.js";

export const { createClient, createSession, createVisitor, load, validateSession } = newPackage(
  instantiate,
  importLive,
);
export { ChatSessionError, isChatSessionError } from "./error.js";
