// A real Chromium for a test.

import { chromium } from "playwright-core";

/** Starts the browser; call its `close` when done. */
export function startChromium() {
  return chromium.launch({
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
  });
}
