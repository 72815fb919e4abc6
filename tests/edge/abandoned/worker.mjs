// The built Worker, byte for byte, with an address that tells how much memory it has.

import { memoryBytes } from "./memory.mjs";
import Service from "./index.js";

export default {
  fetch(request, env, context) {
    if (request.url.endsWith("/memory")) return new Response(String(memoryBytes()));
    return new Service(context, env).fetch(request);
  },
};
