// The launcher in apps of React and Vue, as docs/launcher.md shows them, in a real Chromium
// with the real service.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { build } from "esbuild";
import { parse, compileScript } from "vue/compiler-sfc";
import { root } from "../../scripts/wrangler.mjs";
import {
  eventually,
  newestAfter,
  openHost,
  runtime,
  server,
  sessions,
} from "../support/launcher_page.mjs";

const documentation = await readFile(`${root}docs/launcher.md`, "utf8");

/** Returns the code of a section of the documentation, for the service of this test. */
function example(heading, language) {
  const [, section] = documentation.split(`\n## ${heading}\n`);
  const [, code] = section.match(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``)) ?? [];
  return code
    .replaceAll("https://chat.example.com", runtime.baseUrl)
    .replaceAll("pk_…", runtime.keys.publishable);
}

/** Bundles an app whose component is in `contents`; `fetchChatToken` is the page's. */
async function bundle(contents, loader, main) {
  const resolveDir = `${root}tests/packaging`;
  const component = {
    name: "component",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^component$/ }, () => ({ path: "component", namespace: "component" }));
      onLoad({ filter: /.*/, namespace: "component" }, () => ({ contents, loader, resolveDir }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: main, loader: "jsx", resolveDir },
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"', __VUE_PROD_DEVTOOLS__: "false" },
    logLevel: "error",
    plugins: [component],
  });
  return outputFiles[0].text;
}

/** Runs an app that logs a person in and out, and comes and goes. */
async function assertWorks(t, email, code) {
  // No script of the launcher's own: the app imports it.
  const host = await openHost(t, { hasScript: false, body: '<div id="app"></div>' });
  const { page, open, write, texts } = host;
  await page.exposeFunction(
    "fetchChatToken",
    async (email) => (await server.authenticateUser({ email })).token,
  );
  await page.addScriptTag({ content: code, type: "module" });
  const before = (await sessions()).length;
  await open();
  await newestAfter(() => write("As a visitor"));
  await host.dialog.locator("time").first().waitFor();
  await page.evaluate((email) => window.setUser(email), email);
  await eventually(texts, (all) => all.length === 0);
  const own = await newestAfter(() => write("As Ann"));
  assert.equal(own.contact.email, email);
  await page.evaluate(() => window.setUser(null));
  await eventually(texts, (all) => all.join() === "> As a visitor");
  // The component goes, and comes back.
  await page.evaluate(() => window.setShown(false));
  await eventually(
    () => page.locator("chat-launcher").count(),
    (count) => count === 0,
  );
  await page.evaluate(() => window.setShown(true));
  await eventually(texts, (all) => all.join() === "> As a visitor");
  assert.equal(await page.locator("chat-launcher").count(), 1);
  assert.equal((await sessions()).length, before + 2);
  assert.deepEqual(host.errors, []);
}

test("React, in StrictMode", async (t) => {
  const main = `
    import { StrictMode, useState } from "react";
    import { createRoot } from "react-dom/client";
    import { Chat } from "component";
    function App() {
      const [user, setUser] = useState();
      const [isShown, setShown] = useState(true);
      Object.assign(window, { setUser, setShown });
      return isShown ? <Chat user={user} /> : null;
    }
    createRoot(document.querySelector("#app")).render(<StrictMode><App /></StrictMode>);`;
  await assertWorks(t, "rea@example.com", await bundle(example("React", "jsx"), "jsx", main));
});

/** Bundles the app with the component of Vue, and code to run behind its start. */
async function bundleVue(more = "") {
  const { descriptor } = parse(example("Vue", "vue"));
  const isCustomElement = (tag) => tag === "chat-launcher";
  const { content } = compileScript(descriptor, {
    id: "chat",
    inlineTemplate: true,
    templateOptions: { compilerOptions: { isCustomElement } },
  });
  const main = `
    import { createApp, h, ref } from "vue";
    import Chat from "component";
    const user = ref();
    const isShown = ref(true);
    window.setUser = (value) => (user.value = value);
    window.setShown = (value) => (isShown.value = value);
    createApp({ render: () => (isShown.value ? h(Chat, { user: user.value }) : null) }).mount("#app");
    ${more}`;
  return bundle(content, "js", main);
}

test("Vue", async (t) => {
  await assertWorks(t, "vue@example.com", await bundleVue());
});

test("Vue: a component that goes before the launcher is loaded leaves nothing behind", async (t) => {
  const { page, errors } = await openHost(t, { hasScript: false, body: '<div id="app"></div>' });
  const code = await bundleVue("window.setShown(false);");
  await page.addScriptTag({ content: code, type: "module" });
  await page.waitForFunction(() => customElements.get("chat-launcher"));
  await page.waitForTimeout(300);
  assert.equal(await page.locator("chat-launcher").count(), 0);
  assert.deepEqual(errors, []);
});
