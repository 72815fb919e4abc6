// Webhooks of a running service, and a receiver for them.

import assert from "node:assert/strict";
import { startReceiver } from "./receiver.mjs";
import { send, startRuntime, until } from "./runtime.mjs";

/** Starts a service that sends to this machine, and a receiver; call `stop` when done. */
export async function startWebhooks(options = {}) {
  const runtime = await startRuntime({ variables: { WEBHOOKS_ALLOW_LOCAL: "true" }, ...options });
  const receiver = await startReceiver();
  const secret = runtime.keys.secret;
  const api = (method, path, body = /** @type {any} */ (undefined), token = secret) =>
    send(runtime.baseUrl, { method, path, body, token });
  let paths = 0;
  return {
    runtime,
    receiver,
    api,
    /** Creates an endpoint at a path of its own; returns both. */
    async endpoint(body = {}, token = secret) {
      paths += 1;
      const path = `/${paths}`;
      const url = receiver.url + path;
      const request = { url, events: ["*"], ...body };
      const { status, text, body: webhook } = await api("POST", "/webhooks", request, token);
      assert.equal(status, 201, text);
      receiver.secrets.push(webhook.secret);
      const remove = () => api("DELETE", `/webhooks/${webhook.id}`, undefined, token);
      return { path, remove, ...webhook };
    },
    /** Returns the tries of an endpoint, the oldest first, once there are as many. */
    async deliveries(id, count = 1, token = secret) {
      return until(async () => {
        const page = await api("GET", `/webhooks/${id}/deliveries?limit=100`, undefined, token);
        return page.body.items.length >= count && page.body.items.toReversed();
      });
    },
    /** Makes all events due that wait for their time, and has them swept. */
    async passTime() {
      const late = "UPDATE webhook_events SET next_at_ms = 1 WHERE next_at_ms IS NOT NULL";
      await runtime.execute(late);
      await runtime.runCron("* * * * *");
    },
    create: async (body = {}) => (await api("POST", "/chat/sessions", body)).body.id,
    say: (id, text, sender = "contact", more = {}) =>
      api("POST", `/chat/sessions/${id}/send`, { sender, message: { text }, ...more }),
    get: async (path) => (await api("GET", path)).body,
    async stop() {
      await runtime.stop();
      await receiver.stop();
    },
  };
}
