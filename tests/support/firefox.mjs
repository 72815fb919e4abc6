// A real Firefox for a test, driven by WebDriver BiDi, which Firefox itself speaks.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const preferences = {
  // Local certificates and updates: no call home.
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.safebrowsing.update.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

/**
 * Starts the browser; `open` opens a page. Call `close` when done.
 */
export async function startFirefox() {
  const profile = await mkdtemp(join(tmpdir(), "chat-sessions-firefox-"));
  const lines = Object.entries(preferences).map(
    (preference) => `user_pref(${preference.map((part) => JSON.stringify(part)).join()});`,
  );
  await writeFile(join(profile, "user.js"), lines.join("\n"));
  const program = process.env.FIREFOX ?? "firefox-esr";
  const options = ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile];
  const firefox = spawn(program, options, { stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise((resolve) => firefox.on("close", resolve));
  const address = await new Promise((resolve, reject) => {
    let output = "";
    firefox.on("error", reject);
    firefox.on("close", () => reject(new Error(`Firefox has ended: ${output}`)));
    firefox.stderr.on("data", (text) => {
      output += text;
      const found = output.match(/BiDi listening on (ws:\S+)/)?.[1];
      if (found) resolve(found);
    });
  });
  const send = await connect(`${address}/session`);
  await send("session.new", { capabilities: {} });
  return {
    /** Opens an address; returns the page, whose `evaluate` is Playwright's. */
    async open(url) {
      const { context } = await send("browsingContext.create", { type: "tab" });
      await send("browsingContext.navigate", { context, url, wait: "complete" });
      return {
        /** Runs a function in the page; its argument and its result are JSON. */
        async evaluate(inPage, argument) {
          const { type, result, exceptionDetails } = await send("script.callFunction", {
            functionDeclaration: `async (text) => JSON.stringify(await (${inPage})(JSON.parse(text)))`,
            arguments: [{ type: "string", value: JSON.stringify(argument ?? null) }],
            target: { context },
            awaitPromise: true,
          });
          if (type !== "success") throw new Error(exceptionDetails.text);
          return result.value === undefined ? undefined : JSON.parse(result.value);
        },
        close: () => send("browsingContext.close", { context }),
      };
    },
    async close() {
      firefox.kill();
      await exited;
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Connects to a WebSocket; returns a function that sends a command. */
async function connect(address) {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`There is no answer at ${address}`));
  });
  const pending = new Map();
  socket.onmessage = ({ data }) => {
    const { id, type, result, error, message } = JSON.parse(data);
    if (id === undefined) return;
    const { resolve, reject } = pending.get(id);
    pending.delete(id);
    if (type === "success") resolve(result);
    else reject(new Error(`${error}: ${message}`));
  };
  let commands = 0;
  return (method, params) =>
    new Promise((resolve, reject) => {
      commands += 1;
      pending.set(commands, { resolve, reject });
      socket.send(JSON.stringify({ id: commands, method, params }));
    });
}
