// A receiver of webhooks on Cloudflare Workers: `npm install chat-sessions`, and
// `wrangler secret put WEBHOOK_SECRET`.

import { verifyWebhook } from "chat-sessions/webhooks";

export default {
  async fetch(request, env) {
    if (request.method !== "POST") return new Response(null, { status: 405 });
    let event;
    try {
      event = await verifyWebhook(await request.text(), request.headers, env.WEBHOOK_SECRET);
    } catch (error) {
      return new Response(error.message, { status: 400 });
    }
    // An exception is answered with 500, so the event is sent again. What takes longer than
    // ten seconds belongs into a queue of your own.
    await handle(request.headers.get("webhook-id"), event);
    return new Response(null, { status: 204 });
  },
};

/** An event may arrive twice: `id` is the same then. */
async function handle(id, event) {
  console.log(id, event.type, event.data.session_id ?? "", event.data.seq ?? "");
}
