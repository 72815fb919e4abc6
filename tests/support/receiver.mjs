// A receiver of webhooks: an HTTP server whose behaviour a test chooses, and which checks
// each signature with the library that receivers use.

import { once } from "node:events";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { until } from "./runtime.mjs";

/** @typedef {Awaited<ReturnType<typeof startReceiver>>} Receiver */
/**
 * @typedef {{
 *   id: string,
 *   at: number,
 *   signatures: string[],
 *   headers: import("node:http").IncomingHttpHeaders,
 *   path: string,
 *   event: any,
 *   text: string,
 *   forged?: string,
 * }} Received A request, with the reason why its signature is not valid, if it is not.
 */

/**
 * Starts a receiver, which answers 204. `answer` replaces that: it gets the response and
 * the request that was received.
 *
 * @param {{ port?: number }} [options]
 */
export async function startReceiver({ port = 0 } = {}) {
  /** @type {Received[]} */
  const received = [];
  const receiver = {
    received,
    /** The secrets of the endpoints: any of them may have signed. */
    secrets: /** @type {string[]} */ ([]),
    /** @type {(response: import("node:http").ServerResponse, request: Received) => void} */
    answer: (response) => response.writeHead(204).end(),
    /**
     * Answers of single paths.
     *
     * @type {Map<string, typeof receiver.answer>}
     */
    answers: new Map(),
    /** Returns what was received at a path. */
    at: (path) => received.filter((request) => request.path === path),
    /** Waits until as many requests were received at a path, and returns them. */
    async wait(path, count = 1) {
      await until(() => receiver.at(path).length >= count);
      return receiver.at(path);
    },
    url: "",
    stop: async () => {},
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { headers } = request;
    /** @type {Received} */
    const got = {
      id: String(headers["webhook-id"]),
      at: Date.now(),
      signatures: String(headers["webhook-signature"]).split(" "),
      headers,
      path: String(request.url),
      event: JSON.parse(text),
      text,
      forged: verify(text, headers, receiver.secrets),
    };
    received.push(got);
    (receiver.answers.get(got.path) ?? receiver.answer)(response, got);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  receiver.url = `http://127.0.0.1:${address.port}`;
  receiver.stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return receiver;
}

/** Returns why no secret has signed a request, or nothing if one has. */
function verify(text, headers, secrets) {
  let reason = "no secret";
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(text, headers);
      return undefined;
    } catch (error) {
      reason = error.message;
    }
  }
  return reason;
}
