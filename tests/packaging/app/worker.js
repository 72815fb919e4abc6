import { tryPackage } from "./try_package.js";

self.onmessage = async ({ data }) => self.postMessage(await tryPackage(data));
