// The built package on a test's own server, which may serve other paths too.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { root } from "../../scripts/wrangler.mjs";

/** @import { IncomingMessage, ServerResponse } from "node:http" */
/** @import { AddressInfo } from "node:net" */

const types = { js: "text/javascript", html: "text/html", map: "application/json" };

/**
 * Serves `/pkg/` as the Worker does, and an empty page at `/`. `answer(request,
 * response, pathname)` may handle a request before that. Call `close` when done.
 *
 * @param {(request: IncomingMessage, response: ServerResponse, pathname: string) => unknown} [answer]
 * @param {Record<string, string>} [headers]
 */
export async function startSite(answer = async (..._) => false, headers = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (await answer(request, response, pathname)) return;
    if (pathname === "/") {
      response.writeHead(200, { "Content-Type": "text/html", ...headers });
      response.end("<!doctype html><title>A page</title>");
    } else if (/^\/pkg\/[\w.]+$/.test(pathname)) {
      const body = await readFile(`${root}build/site${pathname}`).catch(() => undefined);
      const type = types[pathname.split(".").at(-1)];
      response.writeHead(body ? 200 : 404, { "Content-Type": type, ...headers }).end(body);
    } else {
      response.writeHead(404, headers).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {AddressInfo} */ (server.address());
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
