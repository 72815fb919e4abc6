// What a task can ask of the platform. Each question is one text, and so is its answer
// (`undefined`: there is nothing), but for a body. No rule and no decision is here.

/**
 * How long one call to D1 or KV may take: far more than it ever needs, and soon enough
 * that a caller can still try again. A create makes one of each.
 */
const storageMs = 5000;
/** How long the limiter may take; it answers from the same machine. */
const limiterMs = 500;

/** The questions by name: how to ask them, for how long at most, and what is heard. */
export const questions = {
  /** What KV has under a name. */
  key: { patienceMs: storageMs, ask: (name, { KEYS }) => KEYS.get(name) },

  /** Whether the limiter of credentials lets one more through. */
  credential: {
    patienceMs: limiterMs,
    ask: (key, { CREDENTIAL_RATE_LIMITER }) => CREDENTIAL_RATE_LIMITER.limit({ key }),
    hear: readVerdict,
  },

  /** Whether the limiter of client addresses does. */
  address: {
    patienceMs: limiterMs,
    ask: (key, { ADDRESS_RATE_LIMITER }) => ADDRESS_RATE_LIMITER.limit({ key }),
    hear: readVerdict,
  },

  batch: { patienceMs: storageMs, ask: runBatch },

  /** The secrets of contact tokens: JSON text of a list of two, each a text or null. */
  secrets: {
    ask: async (_, { TOKEN_SECRET, TOKEN_SECRET_PREVIOUS }) =>
      JSON.stringify([TOKEN_SECRET ?? null, TOKEN_SECRET_PREVIOUS ?? null]),
  },

  // A body takes as long as its sender does: the platform ends what hangs.

  /**
   * The text of a body whose length was declared, and is not too much. As bytes it would
   * be a sixteenth of a create's CPU more.
   */
  body: { ask: (_, _env, request) => request.text() },

  /** The bytes of any other body; nothing if they are more than so many. */
  stream: { ask: (maxBytes, _, request) => readChunks(request.body, Number(maxBytes)) },
};

function readVerdict({ success }) {
  return success ? "within" : undefined;
}

/** The SQL texts that have crossed, by number: each crosses once. */
const sqlTexts = [];

/** Keeps an SQL text; gives its number. */
export function keepSql(sql) {
  return sqlTexts.push(sql) - 1;
}

/**
 * Runs statements as one transaction. `text` is the JSON text of a list: for each
 * statement a list of the number of its SQL and its values, then the binding of the
 * database, and the bookmark to start from. Gives a line with the bookmark, and one for each
 * statement: how many rows it changed, read and wrote, and the JSON text of its rows.
 */
async function runBatch(text, env) {
  const statements = JSON.parse(text);
  const bookmark = statements.pop();
  const binding = statements.pop();
  const session = env[binding].withSession(bookmark);
  const prepared = statements.map(([sql, ...values]) =>
    session.prepare(sqlTexts[sql]).bind(...values),
  );
  const results = await session.batch(prepared);
  let answer = session.getBookmark() ?? "";
  for (const { results: rows, meta } of results) {
    answer += `\n${meta.changes} ${meta.rows_read} ${meta.rows_written} ${JSON.stringify(rows)}`;
  }
  return answer;
}

/** How much of a body that is refused is read, and dropped. */
const discardMaxBytes = 16 * 1024 * 1024;

/**
 * Chunk by chunk, so that an endless body costs no more than the limit. One that is
 * too long is read on, without being kept: a sender that is cut off in the middle of
 * its body sees a broken connection, and never the answer.
 */
async function readChunks(body, maxBytes) {
  const chunks = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else if (length > maxBytes + discardMaxBytes) break;
  }
  if (length > maxBytes) return undefined;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
