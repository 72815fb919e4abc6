// The examples of the package's documentation, word for word: run for real, in
// Chromium and in Node.js, against the real service.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createServer } from "vite";
import { freePort, root } from "../../scripts/wrangler.mjs";
import { startChromium } from "../support/chromium.mjs";
import { startRuntime } from "../support/runtime.mjs";
import { startSite } from "../support/site.mjs";
import { bin, command, newProject } from "./project.mjs";

let project;
let runtime;
let browser;
let site;
let vite;
before(async () => {
  project = await newProject();
  const port = await freePort();
  browser = await startChromium();
  site = await startSite(servePage);
  vite = await createServer({
    root: project.folder,
    logLevel: "error",
    // No reload of pages when the tests write files.
    server: { host: "127.0.0.1", port, strictPort: true, watch: null, hmr: false },
    plugins: [{ name: "chat-token", configureServer }],
    // Listed, because Vite would reload the first page when it discovers them.
    optimizeDeps: { include: ["chat-sessions", "react", "react-dom/client", "vue"] },
    define: {
      __VUE_OPTIONS_API__: "true",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
  });
  await vite.listen();
  runtime = await startRuntime({ origins: [site.baseUrl, `http://127.0.0.1:${port}`] });
});
after(async () => {
  await browser?.close();
  await vite?.close();
  await site?.close();
  await runtime?.stop();
  await project?.remove();
});

/** Returns the examples under a heading of a page of the documentation. */
async function examples(file, heading) {
  const text = await readFile(`${root}pkg/${file}`, "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  const blocks = section.matchAll(/^```(?:js|html)\n(.*?)^```/gms);
  return Array.from(blocks, ([, code]) =>
    code
      .replaceAll("https://chat.example.com", runtime.baseUrl)
      .replaceAll("pk_…", runtime.keys.publishable),
  );
}

/** Writes an example into the project; returns its path. */
async function write(name, code) {
  await writeFile(`${project.folder}/${name}`, code);
  return `${project.folder}/${name}`;
}

let html;
function servePage(request, response, path) {
  if (path !== "/support") return false;
  response.writeHead(200, { "Content-Type": "text/html" }).end(html);
  return true;
}

/** The application's own server, which knows who is logged in. */
function configureServer({ middlewares }) {
  middlewares.use("/chat-token", async (request, response) => {
    const answer = await fetch(`${runtime.baseUrl}/widget/authenticate-user`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${runtime.keys.secret}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ email: "carla@example.com" }),
    });
    response.end((await answer.json()).token);
  });
}

async function sessionOf(id) {
  const [row] = await runtime.query("SELECT * FROM sessions WHERE id = ?", id);
  return row;
}

test("in a page: a form opens a session, and says what is wrong", async () => {
  [html] = await examples("README.md", "In a page");
  const page = await browser.newPage();
  await page.goto(`${site.baseUrl}/support`);
  await page.fill("[name=email]", "ann@");
  await page.fill("[name=question]", "Where is my order?");
  await page.click("button");
  await page.waitForFunction(() => document.querySelector("output").textContent);
  const output = () => page.textContent("output");
  assert.equal(await output(), "Your email must be an email address, like ann@example.com.");
  assert.equal(await page.inputValue("[name=question]"), "Where is my order?");
  await page.route("**/chat/sessions", (route) => route.abort());
  await page.fill("[name=email]", "  ");
  await page.click("button");
  await page.waitForFunction(() => /right now/.test(document.querySelector("output").textContent));
  assert.doesNotMatch(await output(), /network|baseUrl|_/);
  await page.unroute("**/chat/sessions");

  // Blank is left out: nobody's contact.
  await page.click("button");
  await page.waitForFunction(() => /^Session/.test(document.querySelector("output").textContent));
  const { contact_id } = await sessionOf((await output()).replace("Session ", ""));
  assert.equal(contact_id, null);
  await page.evaluate(() => document.querySelector("output").replaceChildren());

  await page.fill("[name=email]", "ann@example.com");
  await page.click("button");
  await page.waitForFunction(() => /^Session/.test(document.querySelector("output").textContent));
  const { custom_data } = await sessionOf((await output()).replace("Session ", ""));
  assert.equal(custom_data, '{"question":"Where is my order?"}');
  await page.close();
});

test("commands work as they are pasted, and have nothing to fill in", async () => {
  const { stdout } = await command(root, "git", "ls-files", "*.md");
  const ran = [];
  for (const file of stdout.trim().split("\n")) {
    const text = await readFile(`${root}${file}`, "utf8");
    const blocks = Array.from(text.matchAll(/^```sh\n(.*?)^```/gms), ([, block]) => block);
    for (const block of blocks) {
      const code = block.replaceAll(/#.*/g, "");
      assert.doesNotMatch(code, /<[\w ]+>|…/, `${file}: a shell reads <id> as a redirection`);
    }
    const requests = blocks.filter((block) => /^(?!npx).*curl /m.test(block));
    if (requests.length === 0) continue;
    // One shell for a page, as its reader has: a command may use what those before it set.
    const script = `
      mkdir -p .local
      printf 'BASE_URL=%s\nSECRET_KEY=%s\nPUBLISHABLE_KEY=%s\n' "$@" >.local/env
      source .local/env
      curl() {
        case " $* " in
          # A stream, which is read for a moment: 28 is curl's own time-out.
          *" -N "*) command curl --silent --fail-with-body --max-time 2 "$@" || [ $? = 28 ] ;;
          *) command curl --silent --show-error --fail-with-body "$@" ;;
        esac
      }
      ${requests.map((block) => `${block}\nprintf '\\0'\n`).join("")}`;
    const { secret, publishable } = runtime.keys;
    const shell = ["-euo", "pipefail", "-c", script, "--", runtime.baseUrl, secret, publishable];
    const { stdout: answers } = await command(project.folder, "bash", ...shell);
    for (const [index, answer] of answers.split("\0").slice(0, -1).entries()) {
      const block = requests[index];
      assert.match(answer, /# 204$/m.test(block) ? /^$/ : /"(id|token|items|at)":/, block);
    }
    ran.push(file);
  }
  assert.deepEqual(ran.sort(), ["README.md", "docs/api.md"]);
});

test("the README's page: a visitor writes, sees the answer, and finds both after a reload", async () => {
  [html] = await examples("../README.md", "Talk from a page");
  const page = await browser.newPage();
  await page.goto(`${site.baseUrl}/support`);
  const shown = () => page.locator("#messages li").allTextContents();
  const write = async (text) => {
    const count = (await shown()).length;
    await page.fill("[name=text]", text);
    await page.click("button");
    await page.waitForFunction(
      (count) => document.querySelectorAll("#messages li").length > count,
      count,
    );
  };
  await write("Where is my order?");
  assert.deepEqual(await shown(), ["contact: Where is my order?"]);
  const [{ session_id }] = await runtime.query(
    "SELECT session_id FROM entries WHERE text = ? ORDER BY created_at_ms DESC LIMIT 1",
    "Where is my order?",
  );
  const answer = { sender: "agent", agent: { name: "Ben" }, message: { text: "On its way." } };
  await fetch(`${runtime.baseUrl}/chat/sessions/${session_id}/send`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${runtime.keys.secret}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(answer),
  });
  const both = ["contact: Where is my order?", "Ben: On its way."];
  const seesBoth = async () => {
    await page.waitForFunction(() => document.querySelectorAll("#messages li").length === 2);
    assert.deepEqual(await shown(), both);
  };
  await seesBoth();
  await page.reload();
  await seesBoth();
  await write("<b>Thank you</b>");
  assert.deepEqual(await shown(), [...both, "contact: <b>Thank you</b>"]);
  await page.close();
});

test("a conversation: a visitor writes, is answered, and reads it in another page", async () => {
  const [code] = await examples("README.md", "A conversation");
  await write("conversation.js", code);
  await write("conversation.html", "<!doctype html><title>A conversation</title>");
  const context = await browser.newContext();
  const open = async (inPage, argument) => {
    const page = await context.newPage();
    await page.goto(`${vite.resolvedUrls.local[0]}conversation.html`);
    const result = await page.evaluate(inPage, argument);
    await page.close();
    return result;
  };
  const first = await open(async () => {
    const { openSession, read, send, shown } = await import("/conversation.js");
    const id = await openSession();
    const message = { id: crypto.randomUUID(), text: "Hello" };
    await send(id, message);
    await send(id, message);
    const wrong = { id: crypto.randomUUID(), text: " " };
    await send(id, wrong);
    const last = await read(id);
    return { id, last, states: [...shown.values()].map(({ state, seq }) => [state, seq]) };
  });
  assert.deepEqual(
    [first.last, first.states],
    [
      1,
      [
        ["sent", 1],
        ["failed", undefined],
      ],
    ],
  );
  const answered = await fetch(`${runtime.baseUrl}/chat/sessions/${first.id}/send`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${runtime.keys.secret}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ sender: "ai", message: { text: "Hello, too" } }),
  });
  assert.equal(answered.status, 201);
  const second = await open(async (after) => {
    const { openSession, read, shown } = await import("/conversation.js");
    const id = await openSession();
    return { id, last: await read(id, after), texts: [...shown.values()].map(({ text }) => text) };
  }, first.last);
  assert.deepEqual(second, { id: first.id, last: 2, texts: ["Hello, too"] });
  await context.close();
});

test("live: a visitor sees at once what they write, and the answer", async () => {
  const [code, hook] = await examples("README.md", "Live");
  await write("live.js", code);
  await write("use_messages.js", hook);
  await write("live.html", "<!doctype html><title>Live</title>");
  await write(
    "live_react.js",
    `import { createElement, StrictMode } from "react";
     import { createRoot } from "react-dom/client";
     import { useMessages } from "./use_messages.js";
     export function start(chat, id) {
       const root = createRoot(document.body);
       const App = () => {
         const { messages, state } = useMessages(chat, id);
         return state + messages.map(({ seq, event }) => " " + seq + event.content.text).join("");
       };
       root.render(createElement(StrictMode, undefined, createElement(App)));
       return root;
     }`,
  );
  const page = await browser.newPage();
  await page.goto(`${vite.resolvedUrls.local[0]}live.html`);
  const id = await page.evaluate(async () => {
    const { chat, openLive } = await import("/live.js");
    const { id } = await chat.createSession({});
    window.renders = [];
    window.states = [];
    window.open = openLive(id, {
      show: (messages) =>
        window.renders.push(messages.map(({ text, by, state }) => [text, by, state].join(" "))),
      showState: (state) => window.states.push(state),
      showTyping: (name) => window.states.push(`${name} types`),
    });
    window.root = (await import("/live_react.js")).start(chat, id);
    await Promise.all([window.open.send("Hello"), window.open.send(" ")]);
    window.open.typing();
    return id;
  });
  const secret = (path, body) =>
    fetch(`${runtime.baseUrl}/chat/sessions/${id}/${path}`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${runtime.keys.secret}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify(body),
    }).then((response) => response.json());
  await page.waitForFunction(() => window.states.includes("live"));
  await secret("typing", {}).catch(() => {});
  const { data } = await secret("send", { sender: "ai", message: { text: "Hello, too" } });
  await page.waitForFunction(() => window.renders.at(-1).length === 3);
  await page.waitForFunction(() => document.body.textContent === "live 1Hello 2Hello, too");
  await fetch(`${runtime.baseUrl}/chat/sessions/${id}/messages/${data.message.id}/redact`, {
    method: "POST",
    headers: { Authorization: `Bearer ${runtime.keys.secret}` },
  });
  await page.waitForFunction(() => window.renders.at(-1)[1] === " ai ");
  const { renders, states } = await page.evaluate(async () => {
    window.open.read(2);
    window.open.close();
    window.root.unmount();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { renders: window.renders, states: window.states };
  });
  assert.deepEqual(renders[0], ["Hello contact sending"]);
  assert.deepEqual(renders.at(-1), ["Hello contact ", " ai ", "  contact failed"]);
  assert.ok(states.includes("Somebody types"), states.join());
  assert.equal(states.at(-1), "ended");
  await page.close();
});

test("in an application: a person goes on with their session, and sees it", async () => {
  const [code] = await examples("README.md", "In an application");
  await write("chat.js", code);
  await write("chat.html", '<!doctype html><script type="module" src="/chat.js"></script>');
  const page = await browser.newPage();
  await page.goto(`${vite.resolvedUrls.local[0]}chat.html`);
  const { first, again, recent } = await page.evaluate(async () => {
    const { openChat, recentChats } = await import("/chat.js");
    const first = await openChat();
    const again = await openChat(new AbortController().signal);
    return { first, again, recent: await recentChats() };
  });
  assert.deepEqual(again, { id: first.id, resumed: true });
  assert.deepEqual(
    recent.map(({ id, contact }) => [id, contact.email]),
    [[first.id, "carla@example.com"]],
  );
  await page.close();
});

const frameworks = {
  React: {
    app: `
      import { createElement as h } from "react";
      import { useChatSession } from "./use_chat_session_react.js";
      const options = { baseUrl: "BASE_URL", token: "TOKEN" };
      export function App() {
        const { status, id, error, open } = useChatSession(options);
        return h("main", null,
          h("button", { onClick: () => open({ channel: { type: "web" } }) }, "Chat"),
          h("button", { onClick: () => open({ verified: 1 }) }, "Chat wrongly"),
          h("output", null, status + " " + (id ?? error?.code ?? "")));
      }`,
    server: `
      import { createElement as h, StrictMode } from "react";
      import { renderToString } from "react-dom/server";
      import { App } from "./app_react.js";
      export const render = async () => renderToString(h(StrictMode, null, h(App)));`,
    client: `
      import { createElement as h, StrictMode } from "react";
      import { hydrateRoot } from "react-dom/client";
      import { App } from "./app_react.js";
      const hydrated = h(StrictMode, null, h(App));
      const root = hydrateRoot(document.querySelector("#app"), hydrated, {
        onRecoverableError: (error) => console.error(error),
      });
      globalThis.leave = () => root.unmount();`,
    atOnce: `
      import { createElement as h, StrictMode, useEffect } from "react";
      import { createRoot } from "react-dom/client";
      import { useChatSession } from "./use_chat_session_react.js";
      function App() {
        const { status, id, open } = useChatSession({ baseUrl: "BASE_URL", token: "TOKEN" });
        useEffect(() => void open({ channel: { type: "web" } }), [open]);
        return h("output", null, status + " " + (id ?? ""));
      }
      createRoot(document.querySelector("#app")).render(h(StrictMode, null, h(App)));`,
  },
  Vue: {
    app: `
      import { createSSRApp, h } from "vue";
      import { useChatSession } from "./use_chat_session_vue.js";
      const options = { baseUrl: "BASE_URL", token: "TOKEN" };
      export const newApp = () => createSSRApp({
        setup() {
          const { status, id, error, open } = useChatSession(options);
          return () => h("main", [
            h("button", { onClick: () => open({ channel: { type: "web" } }) }, "Chat"),
            h("button", { onClick: () => open({ verified: 1 }) }, "Chat wrongly"),
            h("output", status.value + " " + (id.value ?? error.value?.code ?? "")),
          ]);
        },
      });`,
    server: `
      import { renderToString } from "vue/server-renderer";
      import { newApp } from "./app_vue.js";
      export const render = () => renderToString(newApp());`,
    client: `
      import { newApp } from "./app_vue.js";
      const app = newApp();
      app.mount("#app");
      globalThis.leave = () => app.unmount();`,
    atOnce: `
      import { createApp, h, onMounted } from "vue";
      import { useChatSession } from "./use_chat_session_vue.js";
      createApp({
        setup() {
          const { status, id, open } = useChatSession({ baseUrl: "BASE_URL", token: "TOKEN" });
          onMounted(() => open({ channel: { type: "web" } }));
          return () => h("output", status.value + " " + (id.value ?? ""));
        },
      }).mount("#app");`,
  },
};

for (const [framework, { app, server, client, atOnce }] of Object.entries(frameworks)) {
  test(`${framework}: opened as the page appears, under StrictMode: one session`, async (t) => {
    const name = framework.toLowerCase();
    const [code] = await examples("README.md", framework);
    await write(`use_chat_session_${name}.js`, code);
    const ours = atOnce
      .replace("BASE_URL", runtime.baseUrl)
      .replace("TOKEN", runtime.keys.publishable);
    await write(`at_once_${name}.js`, ours);
    const script = `<script type="module" src="/at_once_${name}.js"></script>`;
    await write(`at_once_${name}.html`, `<!doctype html><div id="app"></div>${script}`);
    const page = await browser.newPage();
    t.after(() => page.close());
    let posts = 0;
    page.on("request", (request) => (posts += request.method() === "POST" ? 1 : 0));
    await page.goto(`${vite.resolvedUrls.local[0]}at_once_${name}.html`);
    await page.waitForSelector("text=/^open /", { timeout: 10_000 });
    const id = (await page.textContent("output")).replace("open ", "");
    assert.equal((await sessionOf(id)).channel, "web");
    // Nothing opens another one behind it.
    await page.waitForTimeout(500);
    assert.equal(posts, 1);
  });

  test(`${framework}: rendered on a server, taken over by the page, one session for two clicks`, async (t) => {
    const name = framework.toLowerCase();
    const [code] = await examples("README.md", framework);
    await write(`use_chat_session_${name}.js`, code);
    const ours = app
      .replace("BASE_URL", runtime.baseUrl)
      .replace("TOKEN", runtime.keys.publishable);
    await write(`app_${name}.js`, ours);
    await write(`server_${name}.js`, server);
    await write(`client_${name}.js`, client);
    const rendered = await (await vite.ssrLoadModule(`/server_${name}.js`)).render();
    assert.match(rendered, /<output>idle <\/output>/);
    const script = `<script type="module" src="/client_${name}.js"></script>`;
    await write(`${name}.html`, `<!doctype html><div id="app">${rendered}</div>${script}`);

    const page = await browser.newPage();
    t.after(() => page.close());
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (/error|warning/.test(message.type())) complaints.push(message.text());
    });
    let posts = 0;
    page.on("request", (request) => (posts += request.method() === "POST" ? 1 : 0));
    await page.route("/favicon.ico", (route) => route.fulfill({ status: 204 }));
    await page.goto(`${vite.resolvedUrls.local[0]}${name}.html`);
    await page.waitForFunction(() => globalThis.leave);

    await page.click("text=Chat wrongly");
    await page.waitForSelector("text=failed invalid_request");
    await page.dblclick("button >> nth=0");
    await page.waitForSelector("text=/^open /");
    const id = (await page.textContent("output")).replace("open ", "");
    assert.equal((await sessionOf(id)).channel, "web");
    assert.equal(posts, 1);

    // Leaving cancels a pending call.
    await page.route("**/chat/sessions", () => {});
    const ended = page.waitForEvent("requestfailed");
    const begun = page.waitForRequest("**/chat/sessions");
    await page.click("button >> nth=0");
    await begun;
    await page.evaluate(() => globalThis.leave());
    assert.match((await ended).failure().errorText, /ABORTED/);
    assert.deepEqual(complaints, []);
  });
}

test("on a server: a contact token, and one session for each order", async () => {
  const [code] = await examples("README.md", "On a server");
  await write("chat_server.js", code);
  await write(
    "use_chat_server.js",
    `import { answerAndClose, chatAboutOrder, chatToken, exportAndDelete } from "./chat_server.js";
     const order = { id: "ord_7", email: "bob@example.com" };
     const sessions = [await chatAboutOrder(order), await chatAboutOrder(order)];
     const token = await chatToken({ email: "bob@example.com" });
     const closed = await answerAndClose(sessions[0].id, "Done");
     const exported = await exportAndDelete(closed.contact.id);
     console.log(JSON.stringify({ sessions, token, closed, exported }));`,
  );
  const environment = [`CHAT_URL=${runtime.baseUrl}`, `CHAT_SECRET_KEY=${runtime.keys.secret}`];
  const { stdout } = await command(
    project.folder,
    "env",
    ...environment,
    bin("node"),
    "use_chat_server.js",
  );
  const { sessions, token, closed, exported } = JSON.parse(stdout);
  assert.equal(sessions[0].id, sessions[1].id);
  assert.equal(closed.status, "closed_resolved");
  assert.equal(closed.last_message, "Done");
  assert.deepEqual(
    exported.map(({ id, verified }) => [id, verified]),
    [[sessions[0].id, true]],
  );
  assert.equal(await sessionOf(sessions[0].id), undefined);
  assert.equal(token.split(".").length, 3);
});

test("webhooks: an event that is signed is taken, and no other one", async () => {
  const [code] = await examples("README.md", "Webhooks");
  await write("chat_webhook.js", code);
  await write(
    "use_chat_webhook.js",
    `import { createHmac } from "node:crypto";
     import { receiveWebhook } from "./chat_webhook.js";
     const secret = "whsec_" + Buffer.alloc(32, 1).toString("base64");
     const body = '{"type":"message.created","data":{"session_id":"a","seq":3}}';
     const timestamp = String(Math.floor(Date.now() / 1000));
     const mac = createHmac("sha256", Buffer.alloc(32, 1)).update("msg_1." + timestamp + "." + body);
     const headers = {
       "webhook-id": "msg_1",
       "webhook-timestamp": timestamp,
       "webhook-signature": "v1," + mac.digest("base64"),
     };
     for (const sent of [body, body + " "]) {
       const init = { method: "POST", headers, body: sent };
       const request = new Request("https://hooks.example.com/chat", init);
       console.log((await receiveWebhook(request, secret)).status);
     }`,
  );
  const { stdout } = await command(project.folder, bin("node"), "use_chat_webhook.js");
  assert.equal(stdout, "a 3\n204\n400\n");
});

test("forms: a fault is told for the reader", async () => {
  const [code] = await examples("README.md", "Forms: checking before sending");
  const { emailFault } = await import(pathToFileURL(await write("email_fault.js", code)));
  assert.equal(emailFault("ann@example.com"), undefined);
  assert.equal(emailFault("ann@"), "Your email must be an email address, like ann@example.com.");
});

test("credentials: a token is kept until it is refused", async (t) => {
  const heading = "People who are logged in: a contact token";
  const [client, keeping] = await examples("docs/credentials.md", heading);
  assert.ok((await import(pathToFileURL(await write("client.js", client)))).chat.createSession);

  const { token } = await import(pathToFileURL(await write("token.js", keeping)));
  const { createSession } = await import(
    pathToFileURL(`${project.folder}/node_modules/chat-sessions/dist/index.js`)
  );
  const answer = await fetch(`${vite.resolvedUrls.local[0]}chat-token`);
  const tokens = ["an.expired.token", await answer.text()];
  const { fetch: original } = globalThis;
  t.after(() => (globalThis.fetch = original));
  let asked = 0;
  globalThis.fetch = (url, init) =>
    url === "/chat-token" ? new Response(tokens[asked++]) : original(url, init);
  const options = { baseUrl: runtime.baseUrl, token };
  const ids = [await createSession({}, options), await createSession({}, options)];
  assert.equal(new Set(ids.map(({ id }) => id)).size, 2);
  assert.equal(asked, 2);
});
