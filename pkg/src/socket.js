// A WebSocket as the transport of a line.

/** @import { Opening, Transport } from "./line.js" */

/** Errors of a close without a reason, by its code. */
const codes = {
  4400: "invalid_request",
  4401: "invalid_token",
  4403: "insufficient_scope",
  4404: "session_not_found",
  4429: "rate_limited",
};
/** The service asks to reconnect. */
const restartCode = 1012;

/**
 * Opens a WebSocket. The token is a subprotocol: a page can send no header with one, and
 * an address would be logged.
 *
 * @param {Opening} opening
 * @returns {Transport}
 */
export function openSocket({ url, token, fail, onHeard, onText, onEnd }) {
  const protocols = ["chat-sessions.v1", `bearer.${token}`];
  const socket = new WebSocket(url.replace(/^http/, "ws"), protocols);
  socket.addEventListener("message", ({ data }) => {
    onHeard();
    onText(data);
  });
  socket.addEventListener("close", ({ code, reason }) => {
    // 44xx stands for the HTTP status 4xx, whose error has its code in the reason.
    const isRefusal = code >= 4400 && code < 4500;
    onEnd(isRefusal ? { error: fail(refusal(code, reason)) } : { isRestart: code === restartCode });
  });
  return {
    ping: () => socket.send("ping"),
    close: () => socket.close(),
  };
}

/**
 * @param {number} closeCode
 * @param {string} reason
 */
function refusal(closeCode, reason) {
  const known = /** @type {Record<number, any>} */ (codes)[closeCode] ?? "invalid_request";
  const code = /^[a-z_]+$/.test(reason) ? reason : known;
  const message = `The service has closed the connection: ${code}`;
  return { code, status: closeCode - 4000, message };
}
