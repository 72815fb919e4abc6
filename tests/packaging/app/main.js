// A page that uses the package, also in a Web Worker.
import { tryPackage } from "./try_package.js";

const options = Object.fromEntries(new URLSearchParams(location.search));

globalThis.tryAgain = () => tryPackage(options);
globalThis.tried = tryPackage(options);
globalThis.triedInWorker = new Promise((resolve, reject) => {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = reject;
  worker.postMessage(options);
});
