// Sizes of a WebAssembly module's parts, by its name section.

const code = 10;
const data = 11;
const custom = 0;
const imports = 2;
const ofFunction = 0;
const ofFunctions = 1;

/** Returns the sizes of code and data. */
export function sections(module) {
  return read(module)
    .filter(({ id }) => id === code || id === data)
    .map(({ id, end, start }) => ({ name: id === code ? "(code)" : "(data)", bytes: end - start }));
}

/** Returns the functions, the largest first. */
export function functions(module) {
  const all = read(module);
  const first = importedFunctions(module, all);
  const names = functionNames(module, all);
  const { start } = all.find(({ id }) => id === code);
  const reader = new Reader(module, start);
  return Array.from({ length: reader.number() }, (_, index) => {
    const bytes = reader.number();
    reader.at += bytes;
    // Without the hashes of crates: core[c5930c85a12de822]::…
    const name = names.get(first + index)?.replaceAll(/\[[0-9a-f]{12,16}\]/g, "");
    return { name: name ?? `function ${index}`, bytes };
  }).sort((one, other) => other.bytes - one.bytes);
}

/** Returns the number of imported functions, which have the first indices. */
function importedFunctions(module, all) {
  const section = all.find(({ id }) => id === imports);
  if (!section) return 0;
  const reader = new Reader(module, section.start);
  let functions = 0;
  for (let left = reader.number(); left > 0; left -= 1) {
    reader.text();
    reader.text();
    if (module[reader.at] !== ofFunction) throw new Error("imports more than functions");
    reader.at += 1;
    reader.number();
    functions += 1;
  }
  return functions;
}

function functionNames(module, all) {
  const names = new Map();
  for (const { start, end } of all.filter(({ id }) => id === custom)) {
    const reader = new Reader(module, start);
    if (reader.text() !== "name") continue;
    while (reader.at < end) {
      const kind = reader.number();
      const next = reader.number() + reader.at;
      if (kind === ofFunctions) {
        for (let left = reader.number(); left > 0; left -= 1) {
          names.set(reader.number(), reader.text());
        }
      }
      reader.at = next;
    }
  }
  return names;
}

function read(module) {
  const all = [];
  const afterHeader = 8;
  for (const reader = new Reader(module, afterHeader); reader.at < module.length;) {
    const id = reader.number();
    const bytes = reader.number();
    all.push({ id, start: reader.at, end: reader.at + bytes });
    reader.at += bytes;
  }
  return all;
}

class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Reads a number: seven bits to a byte, the lowest first (LEB128). */
  number() {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      number |= (byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
  }

  text() {
    const bytes = this.number();
    this.at += bytes;
    return this.bytes.toString("utf8", this.at - bytes, this.at);
  }
}
