// A line between a client and the service that a test cuts, freezes or takes down.

import { once } from "node:events";
import { connect, createServer } from "node:net";

/** @import { AddressInfo, Socket } from "node:net" */
/** @typedef {Awaited<ReturnType<typeof startLine>>} Line */

/**
 * Passes bytes on between its own address and the service's. Call `close` when done.
 *
 * @param {string} target
 */
export async function startLine(target) {
  const { hostname, port } = new URL(target);
  /** @type {Set<{ end(): void, isFrozen: boolean }>} */
  const connections = new Set();
  let isDown = false;
  let refusesSockets = false;
  let upgrades = 0;

  const server = createServer((client) => {
    if (isDown) {
      client.destroy();
      return;
    }
    const service = connect(Number(port), hostname);
    const end = () => {
      client.destroy();
      service.destroy();
      connections.delete(connection);
    };
    const connection = { end, isFrozen: false };
    connections.add(connection);
    client.on("data", (bytes) => {
      if (/^upgrade: websocket/im.test(bytes.toString("latin1"))) {
        upgrades += 1;
        if (refusesSockets) end();
      }
      if (!connection.isFrozen) service.write(bytes);
    });
    service.on("data", (bytes) => connection.isFrozen || client.write(bytes));
    for (const socket of [client, service]) socket.on("error", end).on("close", end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = /** @type {AddressInfo} */ (server.address());

  const cut = () => {
    for (const { end } of connections) end();
  };
  return {
    baseUrl: `http://127.0.0.1:${own}`,
    /** The WebSockets that were asked for. */
    get upgrades() {
      return upgrades;
    },
    /** Resets every connection. */
    cut,
    /** Drops all that is sent over the present connections, which stay open. */
    freeze() {
      for (const connection of connections) connection.isFrozen = true;
    },
    /** Takes the line down, or up again. */
    down(is = true) {
      isDown = is;
      if (is) cut();
    },
    /** Resets each WebSocket that is asked for, as some proxies do. */
    refuseSockets(is = true) {
      refusesSockets = is;
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
