// The operations of the API, for the module to run.

import { ChatSessionError } from "./error.js";

/**
 * An operation. `takes` names the rules of its body, or is `query`; `expects` is a member
 * of its response, which is empty without one.
 *
 * @typedef {{ method: string, path: string, takes?: string | undefined, expects?: string | undefined }} Operation
 */

/** The operations whose path has no id. */
export const ofService = {
  createSession: post("/chat/sessions", "session", "id"),
  listSessions: get("/chat/sessions", "items"),
  findContacts: get("/contacts", "items"),
  authenticateUser: post("/widget/authenticate-user", "login", "token"),
  createAgentToken: post("/agents/tokens", "object", "token"),
};

/** The operations on what the id in their path names, which take nothing else. */
export const ofId = {
  getSession: { method: "GET", path: "/chat/sessions/{}", expects: "id" },
  deleteSession: remove("/chat/sessions/{}"),
  showTyping: post("/chat/sessions/{}/typing"),
  deleteContact: remove("/contacts/{}"),
  revokeTokens: remove("/contacts/{}/tokens"),
  revokeAgentTokens: remove("/agents/{}/tokens"),
};

/** Those that take a body or a query, too. */
export const ofIdAndValue = {
  updateSession: {
    method: "PATCH",
    path: "/chat/sessions/{}",
    takes: "update",
    expects: "id",
  },
  sendMessage: post("/chat/sessions/{}/send", "message", "data"),
  addNote: post("/chat/sessions/{}/notes", "note", "data"),
  history: get("/chat/sessions/{}/history", "items"),
  markRead: post("/chat/sessions/{}/read", "object"),
  exportContact: get("/contacts/{}/export", "sessions"),
};

export const createVisitorToken = post("/widget/visitors", undefined, "token");

/** @type {(path: string, takes?: string, expects?: string) => Operation} */
function post(path, takes, expects) {
  return { method: "POST", path, takes, expects };
}

/** @type {(path: string, expects: string) => Operation} */
function get(path, expects) {
  return { method: "GET", path, takes: "query", expects };
}

/** @type {(path: string) => Operation} */
function remove(path) {
  return { method: "DELETE", path };
}

/**
 * Returns an operation on what an id names.
 *
 * @param {Operation} operation
 * @param {unknown} id
 * @returns {Operation}
 */
export function on(operation, id) {
  // A browser would resolve dots against the address.
  if (typeof id !== "string" || /^\.{0,2}$/.test(id)) {
    const message = "id must be the string that the service has named it by";
    throw new ChatSessionError({ code: "invalid_options", message });
  }
  // Encoded, any other text stays one segment of the path. A lone surrogate has no code.
  const segment = encodeURIComponent(id.replace(/\p{Surrogate}/gu, "\ufffd"));
  return { ...operation, path: operation.path.replace("{}", () => segment) };
}
