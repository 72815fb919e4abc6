// The built Worker, unchanged, with a path that returns the number of begun requests
// and the memory size.

import { memoryBytes } from "./memory.mjs";
import Service from "./index.js";

export { Inbox, Room } from "./index.js";

let begun = 0;

export default {
  fetch(request, env, context) {
    if (request.url.endsWith("/state")) return Response.json({ begun, bytes: memoryBytes() });
    begun += 1;
    return new Service(context, env).fetch(request);
  },
};
