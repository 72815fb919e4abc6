// Options of the bench, and its tables.

export const titles = {
  fixed: "What load does not change",
  simulated: "Create, simulated D1",
  delayed: "Create, D1 20 ms away",
  stub: "Create, D1 that answers at once, as KV and rate limits do",
  send: "Send, simulated D1",
  history: "History of 50, simulated D1",
  sendStub: "Send, D1 that answers at once",
  historyStub: "History of 50, D1 that answers at once",
  noToken: "Rejected: no token",
  malformed: "Rejected: malformed JSON",
  invalid: "Rejected: invalid fields",
  growth: "A full table",
  liveFrame: "Live: a frame, to 20 sockets of a session",
  liveRequest: "Live: a request, to 2 sockets of a session",
  liveWide: "Live: a frame, to 1,000 sockets of a session",
  liveMany: "Live: a frame, in each of 1,000 sessions with a socket",
  rules: "The rules in Chromium",
};

/** @returns {never} */
function refuse(message) {
  console.error(message);
  process.exit(1);
}

function numberOf(name, otherwise) {
  const number = Number(process.env[name] || otherwise);
  if (Number.isInteger(number) && number > 0) return number;
  return refuse(`${name} must be a whole number above 0, and is ${process.env[name]}.`);
}

/** Rounds of each contender, and seconds of load in each round. */
export const rounds = numberOf("ROUNDS", 7);
export const seconds = numberOf("SECONDS", 2);

const only = process.env.ONLY ?? "";

/** Returns true if a table is selected: `ONLY` is in its title. */
export const isAsked = (title) => title.includes(only);

if (!Object.values(titles).some(isAsked)) {
  refuse(`No table's title has ${only} in it. There are:\n${Object.values(titles).join("\n")}`);
}
