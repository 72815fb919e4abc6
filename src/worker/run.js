// A task on its way, from one question to the next.

import { __wbg_reset_state as resetInstance, goOn, goOnWithBody, goOnWithout } from "./index.js";
import { questions } from "./questions.js";

export { resetInstance };

/** No question is given less time. */
const firstLookMs = 500;

/** Whether a task asks something: the rest is what it came to, and how to log that. */
export const isQuestion = (text) => !text.startsWith("log ") && !text.startsWith("error ");

/** Asks the platform what a task asks, until the task has come to something. */
export class Run {
  /** What it comes to; an error where a panic ended it. */
  outcome;
  #task;
  #env;
  #request;
  #resolve;
  #reject;
  /** Counts the questions: what is said to one after it was given up is for nobody. */
  #turn = 0;
  #patienceMs = Infinity;
  #givesUpAtMs = Infinity;
  /**
   * Whether there is a timer: one for the whole run, because it costs as much as
   * anything else that a request does. It ends with the request, without being cleared.
   */
  #hasTimer = false;

  /** `text` is what the task asks first. */
  constructor(task, text, env, request) {
    this.#task = task;
    this.#env = env;
    this.#request = request;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#ask(text);
  }

  #ask(text) {
    const nameEnd = text.indexOf("\n");
    const { ask, hear, patienceMs = Infinity } = questions[text.slice(0, nameEnd)];
    const turn = (this.#turn += 1);
    this.#limit(patienceMs);
    let said;
    try {
      said = ask(text.slice(nameEnd + 1), this.#env, this.#request);
    } catch (error) {
      said = Promise.reject(error);
    }
    said.then(
      (value) => turn === this.#turn && this.#hear(hear, value),
      (error) => turn === this.#turn && this.#goOnWithout(error),
    );
  }

  /** Goes on with what an answer says, or without one that cannot be read. */
  #hear(hear, value) {
    let said = value;
    try {
      if (hear) said = hear(value);
    } catch (error) {
      this.#goOnWithout(error);
      return;
    }
    this.#goOn(said);
  }

  #goOn(said) {
    this.#step(() =>
      said instanceof Uint8Array
        ? goOnWithBody(this.#task, said)
        : goOn(this.#task, said ?? undefined),
    );
  }

  #goOnWithout(error) {
    this.#step(() => goOnWithout(this.#task, String(error?.message ?? error)));
  }

  #step(advance) {
    let text;
    try {
      text = advance();
    } catch (panic) {
      // An instance that has panicked is thrown away, with all tasks in it.
      resetInstance();
      this.#end(this.#reject, panic);
      return;
    }
    if (text === "") this.#end(this.#reject, new Error("went down with another's panic"));
    else if (isQuestion(text)) this.#ask(text);
    else this.#end(this.#resolve, text);
  }

  #end(settle, value) {
    this.#givesUpAtMs = Infinity;
    settle(value);
  }

  #limit(patienceMs) {
    this.#patienceMs = patienceMs;
    this.#givesUpAtMs = Date.now() + patienceMs;
    if (patienceMs < Infinity && !this.#hasTimer) this.#lookIn(firstLookMs);
  }

  #lookIn(delayMs) {
    this.#hasTimer = true;
    setTimeout(() => this.#look(), delayMs);
  }

  /** Gives up what has had its time, or looks again when it will have. */
  #look() {
    this.#hasTimer = false;
    const leftMs = this.#givesUpAtMs - Date.now();
    if (leftMs <= 0) this.#goOnWithout(new Error(`no answer within ${this.#patienceMs} ms`));
    else if (leftMs < Infinity) this.#lookIn(leftMs);
  }
}
