// Tests that wait, all of them at the same time: connections whose credential ends, objects
// that leave memory.

import { after, before, describe } from "node:test";
import { testEndings } from "./live_time/endings.mjs";
import { testObjects } from "./live_time/objects.mjs";
import { startService } from "./live_time/service.mjs";

const service = /** @type {import("./live_time/service.mjs").Service} */ ({});
before(async () => Object.assign(service, await startService()));
after(() => service.runtime?.stop());

describe("all at once", { concurrency: true }, () => {
  testEndings(service);
  testObjects(service);
});
