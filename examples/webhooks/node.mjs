// A receiver of webhooks in Node.js, without a framework. `npm install chat-sessions`, then
//
//   WEBHOOK_SECRET=whsec_… PORT=3000 node node.mjs

import { createServer } from "node:http";
import { verifyWebhook } from "chat-sessions/webhooks";

const { WEBHOOK_SECRET, PORT = "3000" } = process.env;
/** Ids of events that were handled; a real receiver keeps them in its database. */
const handled = new Set();

async function receive(request) {
  // The bytes as they arrived: a body that was parsed and written again has another
  // signature.
  const chunks = [];
  let event;
  try {
    for await (const chunk of request) chunks.push(chunk);
    event = await verifyWebhook(Buffer.concat(chunks), request.headers, WEBHOOK_SECRET);
  } catch (error) {
    console.error(error.message);
    return 400;
  }
  const id = request.headers["webhook-id"];
  // An event may arrive twice.
  if (handled.has(id)) return 204;
  console.log(event.type, event.data.session_id ?? "", event.data.seq ?? "");
  handled.add(id);
  return 204;
}

createServer(async (request, response) => {
  // Answer within ten seconds, and do what takes longer afterwards.
  response.writeHead(request.method === "POST" ? await receive(request) : 405).end();
}).listen(Number(PORT), () => console.log(`listening on ${PORT}`));
