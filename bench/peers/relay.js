// A relay as tutorials write it: a Durable Object that sends what one of its sockets, or a
// request, says to all of them. It checks nothing and keeps nothing; with `?log` it stores
// each message in D1 first, which then comes to the sockets as it was sent.

/* global WebSocketPair */

import { DurableObject } from "cloudflare:workers";

const table = `CREATE TABLE IF NOT EXISTS relayed
  (session TEXT, seq INTEGER, message TEXT, PRIMARY KEY (session, seq)) WITHOUT ROWID`;
const insert = `INSERT INTO relayed
  SELECT ?1, coalesce(max(seq), 0) + 1, ?2 FROM relayed WHERE session = ?1 RETURNING seq`;

export class Room extends DurableObject {
  async fetch(request) {
    if (request.headers.get("upgrade") !== "websocket") {
      return Response.json(await this.relay(request.url, await request.json()), { status: 201 });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment({ url: request.url });
    server.send(JSON.stringify({ type: "hello" }));
    const headers = { "sec-websocket-protocol": "chat-sessions.v1" };
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  async webSocketMessage(socket, text) {
    const { id, ...message } = JSON.parse(text);
    const { url } = socket.deserializeAttachment();
    socket.send(JSON.stringify({ type: "ack", ...(await this.relay(url, { id, message })) }));
  }

  async relay(url, { id, message }) {
    const { pathname, searchParams } = new URL(url);
    let seq = (this.seq = (this.seq ?? 0) + 1);
    if (searchParams.has("log")) {
      const values = [pathname.split("/")[3], JSON.stringify(message)];
      const [stored] = await this.env.DB.batch([this.env.DB.prepare(insert).bind(...values)]);
      ({ seq } = stored.results[0]);
    }
    const data = { id: id ?? message.id, seq, created_at: new Date().toISOString(), message };
    const frame = JSON.stringify({ type: "message.created", seq, data });
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
    return { id: data.id, seq };
  }
}

export class Inbox extends DurableObject {}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (request.method === "PUT") {
      await env.DB.prepare(table).run();
      return new Response(null, { status: 204 });
    }
    return env.ROOMS.getByName(pathname.split("/")[3]).fetch(request);
  },
};
