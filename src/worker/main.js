// The Worker: what the platform calls. A task runs in the WebAssembly up to where it
// asks something of the platform, and is called again with what that said: a text out
// and a text in, so that nothing else crosses.

import { readRequest, respond } from "./http.js";
import { answerPanic, begin, beginUpkeep } from "./index.js";
import { Run, isQuestion, resetInstance } from "./run.js";

/** How many tasks there have been: each has a number of its own. */
let tasks = 0;

export default {
  fetch(request, env) {
    const task = (tasks += 1);
    let text;
    try {
      text = begin(task, readRequest(request));
    } catch (panic) {
      resetInstance();
      return afterPanic(request, panic);
    }
    // What is refused at once waits for nothing.
    if (!isQuestion(text)) return answer(text);
    const run = new Run(task, text, env, request);
    return run.outcome.then(answer, (panic) => afterPanic(request, panic));
  },

  async scheduled(_event, env) {
    const task = (tasks += 1);
    let text;
    try {
      text = beginUpkeep(task, deployment(env));
    } catch (panic) {
      resetInstance();
      throw panic;
    }
    // It logs what it does, and comes to nothing else.
    if (isQuestion(text)) await new Run(task, text, env).outcome;
  },
};

/** Logs the first line, after how it is to be logged; the rest is the response. */
function answer(text) {
  const levelEnd = text.indexOf(" ");
  const lineEnd = text.indexOf("\n");
  console[text.slice(0, levelEnd)](text.slice(levelEnd + 1, lineEnd));
  return respond(text, lineEnd + 1);
}

const afterPanic = (request, panic) =>
  answer(answerPanic(readRequest(request), String(panic.stack)));

/** What the upkeep needs to know: how long sessions are kept, and where they are. */
function deployment(env) {
  const databases = Object.keys(env).filter(
    (name) => env[name]?.constructor?.name === "D1Database",
  );
  return [String(env.RETENTION_DAYS ?? ""), ...databases].join("\n");
}
