// Imports the package on a server and prints the side effects of the import: reads of
// browser globals, new globals, timers, open handles.
const touched = [];
for (const name of ["window", "document", "self", "location", "navigator", "localStorage"]) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      touched.push(name);
      return undefined;
    },
  });
}
const { fetch, setTimeout } = globalThis;
globalThis.fetch = () => touched.push("fetch");
globalThis.setTimeout = () => touched.push("setTimeout");
globalThis.WebAssembly = new Proxy(WebAssembly, {
  get: (_, name) => touched.push(`WebAssembly.${String(name)}`),
});
const before = new Set(Reflect.ownKeys(globalThis));

const exports = Object.keys(await import("chat-sessions"));

const added = Reflect.ownKeys(globalThis)
  .filter((name) => !before.has(name))
  .map(String);
Object.assign(globalThis, { fetch, setTimeout });
console.log(JSON.stringify({ exports, touched, added, open: process.getActiveResourcesInfo() }));
