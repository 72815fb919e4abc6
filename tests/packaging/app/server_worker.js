// A Cloudflare Worker that uses the package.
import { tryPackage } from "./try_package.js";

export default {
  async fetch(request) {
    return Response.json(await tryPackage(await request.json()));
  },
};
