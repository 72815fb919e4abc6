// The page at /inbox: signs an agent in, and starts the inbox.

import { element } from "../chat/dom.js";
import { button, byId } from "./dom.js";
import { startInbox } from "./inbox.js";
import {
  agentOf,
  forgetToken,
  storeToken,
  storedToken,
  takeToken,
  tokenIn,
} from "./session_token.js";
import { clearStorage } from "./storage.js";

/** The longest delay of a timer. */
const timerMaxMs = 2 ** 31 - 1;

takeToken();

/** Ends what the agent who is signed in has on the page. */
let ending = new AbortController();
/** @type {{ outbox: { unsent: number } } | undefined} */
let inbox;

/** @param {string} reason */
function showSignIn(reason) {
  ending.abort();
  inbox = undefined;
  document.title = "Inbox";
  byId("inbox").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-reason").textContent = reason;
  byId("sign-in-link").focus();
}

function showNotLoaded() {
  // A browser may keep a module that failed as failed for as long as the page is open.
  byId("list-end").replaceChildren(
    element("p", { role: "alert" }, "The inbox cannot be loaded. Is there a connection?"),
    button("Try again", () => location.reload()),
  );
}

async function signIn() {
  const token = storedToken();
  if (!token) return showSignIn("You are not signed in.");
  const agent = agentOf(token);
  if (!agent) {
    forgetToken();
    return showSignIn("That is not an agent’s sign-in link.");
  }
  const leftMs = agent.expiresAtMs - Date.now();
  const expire = () => {
    forgetToken();
    showSignIn("Your sign-in link has expired. Open a new one to go on; what you typed is kept.");
  };
  if (leftMs <= 0) return expire();

  ending.abort();
  ending = new AbortController();
  const { signal } = ending;
  const timer = setTimeout(expire, Math.min(leftMs, timerMaxMs));
  signal.addEventListener("abort", () => clearTimeout(timer));
  byId("sign-in").hidden = true;
  byId("inbox").hidden = false;
  // Loaded behind the sign-in, which takes the token out of the address at once.
  const loaded = await import("../pkg/index.js").catch(() => undefined);
  if (signal.aborted) return undefined;
  if (!loaded) return showNotLoaded();
  // Attributes such as an order's number are shown with all their digits.
  const client = loaded.createClient({
    baseUrl: location.origin,
    token,
    bigNumbers: "string",
  });
  inbox = startInbox({
    client,
    agent,
    signal,
    onSignedOut() {
      if (signal.aborted) return;
      forgetToken();
      showSignIn(
        "Your sign-in link has expired, or was revoked. Open a new one to go on; what you typed is kept.",
      );
    },
  });
  return undefined;
}

byId("sign-in-form").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  const field = byId("sign-in-link");
  const token = tokenIn(field.value);
  byId("sign-in-error").textContent = token
    ? ""
    : "Paste the whole link, with what is behind the #.";
  if (!token) return;
  field.value = "";
  storeToken(token);
  signIn();
});

byId("sign-out").addEventListener("click", () => {
  const count = inbox?.outbox.unsent ?? 0;
  const question = `${count} not sent yet. Sign out and lose ${count === 1 ? "it" : "them"}?`;
  if (count > 0 && !confirm(`Messages: ${question}`)) return;
  forgetToken();
  // Before the storage is cleared: closing writes to it.
  ending.abort();
  clearStorage();
  history.replaceState(null, "", location.pathname);
  showSignIn("You are signed out.");
});

// A new link in the same tab.
addEventListener("hashchange", () => {
  if (!location.hash.startsWith("#token=")) return;
  takeToken();
  signIn();
});

signIn();
