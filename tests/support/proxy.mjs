// A TCP proxy between clients and the runtime, whose connections a test breaks.

import { connect, createServer } from "node:net";

/** @import { AddressInfo, Socket } from "node:net" */

/** Starts a proxy to the runtime at `baseUrl`. */
export async function startProxy(baseUrl) {
  const { hostname, port } = new URL(baseUrl);
  /** @type {Set<{ client: Socket, runtime: Socket }>} */
  const connections = new Set();
  const server = createServer((client) => {
    const runtime = connect(Number(port), hostname);
    const connection = { client, runtime };
    connections.add(connection);
    const end = () => {
      connections.delete(connection);
      client.destroy();
      runtime.destroy();
    };
    client.pipe(runtime).pipe(client);
    for (const socket of [client, runtime]) socket.on("error", () => {}).on("close", end);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = /** @type {AddressInfo} */ (server.address());
  const anyOf = () => [...connections][Math.floor(Math.random() * connections.size)];
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    /** Ends a connection, on both sides. */
    cut: () => anyOf()?.client.destroy(),
    /** Forgets a connection: it stays open, and nothing comes through it. */
    forget() {
      const connection = anyOf();
      if (!connection) return;
      const { client, runtime } = connection;
      client.unpipe();
      runtime.unpipe();
      client.resume();
      runtime.resume();
    },
    stop() {
      for (const { client } of connections) client.destroy();
      server.close();
    },
  };
}
