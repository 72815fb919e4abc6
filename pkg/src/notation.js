// Writes a caller's value as one text, for the rules to read. The notation is
// described where it is read, in src/client/read.rs. It says what JSON would
// silently change: NaN, functions, BigInt, lone surrogates.

/**
 * The request, `contact` and its `custom_data`: nothing is read deeper, so a
 * cyclic object ends here.
 */
const objectsReadDeep = 3;

/** Reads each member once: what the rules see is what is sent. */
export function notation(value, objectsLeft = objectsReadDeep) {
  switch (typeof value) {
    case "boolean":
      return value ? "t" : "f";
    case "number":
      return Number.isFinite(value) ? `n${counted(String(value))}` : "N";
    case "string":
      return string(value);
    case "object":
      return value === null ? "z" : object(value, objectsLeft);
    default:
      return "x";
  }
}

function string(text) {
  return /\p{Surrogate}/u.test(text) ? "i" : `s${counted(text)}`;
}

function counted(text) {
  return `${text.length}:${text}`;
}

function object(value, objectsLeft) {
  let names;
  let values;
  try {
    if (Array.isArray(value)) return "a";
    names = objectsLeft > 0 ? Object.keys(value) : [];
    values = names.map((name) => value[name]);
  } catch {
    // A getter or a proxy threw.
    return "x";
  }
  let count = 0;
  let members = "";
  for (const [index, member] of values.entries()) {
    // As in JSON, what is undefined is not there.
    if (member === undefined) continue;
    count += 1;
    members += string(names[index]) + notation(member, objectsLeft - 1);
  }
  return `o${count}:${members}`;
}
