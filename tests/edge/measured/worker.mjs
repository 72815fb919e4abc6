// The built Worker, unchanged, with a path that returns the size of its memory.

const memories = [];

const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports);
  memories.push(instance.exports.memory);
  return instance;
};

// After the line above: the Worker makes its instance as it loads.
const { default: Service, Inbox, Room } = await import("../../../build/edge/index.js");

export { Inbox, Room };

export default {
  fetch(request, env, context) {
    if (request.url.endsWith("/memory")) {
      return Response.json(memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
    }
    return new Service(context, env).fetch(request);
  },
};
