// A Cloudflare Worker that uses the package.
import { DurableObject } from "cloudflare:workers";
import { tryPackage } from "./try_package.js";

export default {
  async fetch(request) {
    return Response.json(await tryPackage(await request.json()));
  },
};

// Bound by the service's wrangler.toml, with which the test starts it.
export class Room extends DurableObject {}
export class Inbox extends DurableObject {}
