// The calls.

import { within } from "./deadline.js";
import { ChatSessionError } from "./error.js";
import { readOptions } from "./options.js";
import { check, load, validateSession } from "./load.js";
import { send } from "./tries.js";

const path = "/chat/sessions";
/** What lets a read see the writes before it, on whichever replica it ends. */
const bookmarkHeader = "X-D1-Bookmark";

/** Documented in index.d.ts. */
export function createClient(ofClient) {
  /** The latest bookmark by service. */
  const bookmarks = new Map();

  async function call(ofCall, prepare) {
    const options = readOptions(ofClient, ofCall);
    const { baseUrl } = options;
    return within(options, async (signal) => {
      const { target, init, isExpected } = await prepare(options);
      const request = (token) => {
        const headers = { ...init?.headers, Authorization: `Bearer ${token}` };
        const bookmark = bookmarks.get(baseUrl);
        if (bookmark) headers[bookmarkHeader] = bookmark;
        return [baseUrl + target(), { ...init, headers }];
      };
      const answer = await send(request, isExpected, { ...options, signal });
      const bookmark = answer.header(bookmarkHeader);
      // Answers may overtake each other; bookmarks sort by time.
      if (bookmark && !(bookmark < bookmarks.get(baseUrl))) bookmarks.set(baseUrl, bookmark);
      return answer;
    });
  }

  return {
    load,
    validateSession,

    async createSession(request, options) {
      const { body, header } = await call(options, async ({ idempotencyKey = randomKey() }) => {
        await load();
        const { body, refusal } = check(request);
        if (refusal) throw new ChatSessionError(refusal);
        return {
          target: () => path,
          init: {
            method: "POST",
            body,
            headers: { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey },
          },
          isExpected: hasId,
        };
      });
      const isResumed = header("Session-Resumed") === "true";
      return isResumed ? { id: body.id, resumed: true } : { id: body.id };
    },

    async getSession(id, options) {
      const prepare = () => ({ target: () => `${path}/${segment(id)}`, isExpected: hasId });
      return (await call(options, prepare)).body;
    },

    async listSessions(query, options) {
      const prepare = () => ({
        target: () => `${path}?${parameters(query)}`,
        isExpected: (body) => Array.isArray(body?.items),
      });
      const { items, next } = (await call(options, prepare)).body;
      return { items, next };
    },
  };
}

/** Documented in index.d.ts. */
export function createSession(request, options) {
  return createClient(options).createSession(request, options);
}

function hasId(body) {
  return typeof body?.id === "string";
}

/** An id is whatever its caller says, and stays one segment of the path. */
function segment(id) {
  return encodeURIComponent(String(id).replace(/\p{Surrogate}/gu, "\ufffd"));
}

function parameters(query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, text(value)]));
}

function text(value) {
  return value instanceof Date ? value.toISOString() : String(value);
}

/** One for all tries of a call. `randomUUID` is missing from insecure pages. */
function randomKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
