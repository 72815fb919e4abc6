// Counts the memory of every WebAssembly instance that the Worker makes.

const memories = [];

const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports);
  memories.push(instance.exports.memory);
  return instance;
};

export const memoryBytes = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
