// A real Chromium for a test.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const options = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // As root, as in most CI containers, Chromium has no sandbox; the rest
  // keeps it from calling home.
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** Starts the browser; call its `close` when done. */
export function startChromium() {
  return chromium.launch(options);
}

/**
 * Starts the browser with the extension of a folder. `worker` is that of the extension;
 * call `close` when done.
 *
 * @param {string} folder
 */
export async function startExtension(folder) {
  const profile = await mkdtemp(join(tmpdir(), "chat-sessions-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    ...options,
    // Not --load-extension, which Google Chrome no longer has.
    args: [...options.args, "--enable-unsafe-extension-debugging"],
    ignoreDefaultArgs: ["--disable-extensions"],
  });
  const started = context.waitForEvent("serviceworker");
  const devTools = await context.browser()?.newBrowserCDPSession();
  await devTools?.send("Extensions.loadUnpacked", { path: folder });
  const worker = await started;
  return {
    worker,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
