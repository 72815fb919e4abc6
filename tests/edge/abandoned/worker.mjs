// The built Worker, byte for byte, with an address that tells how many requests it has
// begun, and how much memory it has.

import { memoryBytes } from "./memory.mjs";
import Service from "./index.js";

let begun = 0;

export default {
  fetch(request, env, context) {
    if (request.url.endsWith("/state")) return Response.json({ begun, bytes: memoryBytes() });
    begun += 1;
    return new Service(context, env).fetch(request);
  },
};
