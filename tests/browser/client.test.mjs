// The package's other exports, in a real Chromium: validation without a request, reads
// and lists, bookmarks, checks of its errors.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, browser, created, page, run, runtime } from "../support/package_page.mjs";

test("validateSession is synchronous once loaded, and says so before", async () => {
  const fresh = await browser.newPage();
  await fresh.goto(`${runtime.baseUrl}/favicon.svg`);
  const { early, late } = await fresh.evaluate(async () => {
    const { createClient, load, validateSession } = await import("/pkg/index.js");
    let early;
    try {
      validateSession({});
    } catch (error) {
      early = error.code;
    }
    await Promise.all([load(), load()]);
    const client = createClient({ baseUrl: "https://chat.example.com", token: "pk_" });
    const late = [
      validateSession({}),
      validateSession({ contact: { email: "ann@" }, verified: 1 }),
      client.validateSession([]),
      client.validateSession({
        custom_data: Object.fromEntries(
          Array.from({ length: 20 }, (_, index) => [`key_${index}`, "x".repeat(4096)]),
        ),
      }),
    ];
    return { early, late };
  });
  assert.equal(early, "not_loaded");
  assert.deepEqual(
    late.map((errors) => errors.map(({ path, code }) => `${path} ${code}`)),
    [
      [],
      ["/verified invalid_type", "/contact/email invalid_format"],
      [" malformed_json"],
      [" body_too_large"],
    ],
  );
  assert.ok(late.flat().every(({ message }) => message.length > 10));
  await fresh.close();
});

test("a person reads and lists their own sessions, and resumes one", async () => {
  const token = await contactToken("reader@example.com");
  const { result } = await run(
    async ({ createClient }, options) => {
      const client = createClient(options);
      const request = { channel: { type: "web" }, resume: true, custom_data: { a: 1 } };
      const first = await client.createSession(request);
      const again = await client.createSession(request);
      const other = await client.createSession({ channel: { type: "sms" } });
      const session = await client.getSession(first.id);
      const page = await client.listSessions({ limit: 1, created_after: new Date(0) });
      const rest = await client.listSessions({ cursor: page.next, status: undefined });
      const verified = await client.listSessions({ verified: true });
      const failures = await Promise.all(
        ["..", "0190163d-8694-739b-aea5-966c26f8ad91", "a/b?c#d", "\ud800"].map((id) =>
          client.getSession(id).catch(({ code }) => code),
        ),
      );
      const badQuery = await client
        .listSessions({ status: "ajar" })
        .catch(({ errors }) => errors[0].path);
      const badDate = await client
        .listSessions({ created_after: new Date(NaN) })
        .catch(({ code }) => code);
      return { first, again, other, session, page, rest, verified, failures, badQuery, badDate };
    },
    undefined,
    { token },
  );
  const { first, again, other, session } = result;
  assert.deepEqual(Object.keys(first), ["id"]);
  assert.deepEqual(again, { id: first.id, resumed: true });
  assert.notEqual(other.id, first.id);
  assert.equal(session.contact.email, "reader@example.com");
  assert.deepEqual(session.custom_data, { a: 1 });
  assert.deepEqual(
    [...result.page.items, ...result.rest.items].map(({ id }) => id),
    [other.id, first.id],
  );
  assert.equal(result.rest.next, null);
  assert.equal(result.verified.items.length, 2);
  assert.equal(result.failures[0], "invalid_options");
  assert.deepEqual(result.failures.slice(1), Array(3).fill("session_not_found"));
  assert.equal(result.badQuery, "/status");
  assert.equal(result.badDate, "invalid_options");
  assert.equal(
    (await run(({ createClient }, options) => createClient(options).getSession("x"))).code,
    "insufficient_scope",
  );
});

test("a call that is aborted while the rules load asks for no token", async () => {
  const fresh = await browser.newPage();
  await fresh.goto(`${runtime.baseUrl}/favicon.svg`);
  const asked = await fresh.evaluate(async () => {
    const { createSession, load } = await import("/pkg/index.js");
    let asked = 0;
    const token = () => `pk_${(asked += 1)}`;
    const controller = new AbortController();
    const { signal } = controller;
    const call = createSession({}, { baseUrl: "/", token, signal }).catch((reason) => reason);
    controller.abort("gone");
    await Promise.all([call, load()]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return asked;
  });
  assert.equal(asked, 0);
  await fresh.close();
});

test("numbers that JavaScript would round are strings on request", async () => {
  const exact = [
    "0",
    "-1",
    "149.99",
    "9007199254740991",
    "9007199254740992",
    "1e21",
    "0.1",
    "1.50",
  ];
  exact.push("1E+2", "1e-7", "123456789012345680000", "0.30000000000000004", "-0.5e-10");
  const inexact = ["9007199254740993", "-9007199254740993", "12345678901234567890"];
  inexact.push(
    "0.1234567890123456789",
    "100000000000000000001",
    "4.9e-324",
    "1.00000000000000000001",
  );
  const numbers = [...exact, ...inexact];
  const members = numbers.map((number, index) => `"n${index}":${number}`);
  // Strings that hold numbers, quotes and backslashes stay what they are.
  const text = '9007199254740993 "9007199254740993" \\" 9007199254740993 \\';
  const body = `{"verified":true,"contact":{"email":"big@example.com","custom_data":{"id":9007199254740993}},
    "custom_data":{${members},"text":${JSON.stringify(text)},"9007199254740993":true}}`;
  const created = await fetch(`${runtime.baseUrl}/chat/sessions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${runtime.keys.secret}`, "Content-Type": "application/json" },
    body,
  });
  const { id } = await created.json();
  const { result } = await run(
    async ({ createClient }, options, id) => {
      const plain = createClient(options);
      const exact = createClient({ ...options, bigNumbers: "string" });
      const list = await exact.listSessions();
      return {
        plain: await plain.getSession(id),
        exact: await exact.getSession(id),
        ofCall: await plain.getSession(id, { bigNumbers: "string" }),
        listed: list.items.find((session) => session.id === id),
      };
    },
    id,
    { token: await contactToken("big@example.com") },
  );
  const { plain } = result;
  for (const session of [result.exact, result.ofCall, result.listed]) {
    for (const [index, number] of numbers.entries()) {
      const expected = index < exact.length ? Number(number) : number;
      assert.equal(session.custom_data[`n${index}`], expected, number);
      assert.equal(plain.custom_data[`n${index}`], Number(number));
    }
    assert.equal(session.custom_data.text, text);
    assert.equal(session.custom_data[9007199254740993n], true);
    assert.equal(session.ticket_number, plain.ticket_number);
    assert.equal(session.contact.custom_data.id, "9007199254740993");
  }
  const error = await run(({ createClient }, options) =>
    createClient({ ...options, bigNumbers: "bigint" }).listSessions(),
  );
  assert.equal(error.code, "invalid_options");
  assert.match(error.message, /bigNumbers/);
});

test("the greatest bookmark goes with the client's next calls, and only with its own", async (t) => {
  const bookmark = (text) => ({ ...created, headers: { "X-D1-Bookmark": text } });
  const sent = await answer(t, bookmark("00000002"), bookmark("00000001"), bookmark("00000003"));
  await run(async ({ createClient }, options) => {
    const client = createClient(options);
    for (let call = 0; call < 4; call += 1) await client.createSession({});
    await createClient(options).createSession({});
  });
  assert.deepEqual(
    sent.map(({ headers }) => headers["x-d1-bookmark"]),
    [undefined, "00000002", "00000002", "00000003", undefined],
  );
});

test("isChatSessionError knows the errors of another copy and of another frame", async () => {
  const verdicts = await page.evaluate(async () => {
    const { ChatSessionError, isChatSessionError } = await import("/pkg/index.js");
    const copy = await import("/pkg/index.js?another-copy");
    const details = { code: "not_found", message: "No" };
    const frame = document.createElementNS("http://www.w3.org/1999/xhtml", "iframe");
    document.documentElement.append(frame);
    const inFrame = await new frame.contentWindow.Function(
      "url",
      "details",
      "return import(url).then(({ ChatSessionError }) => new ChatSessionError(details))",
    )(new URL("/pkg/index.js", location.href).href, details);
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("no");
        },
      },
    );
    const own = new ChatSessionError(details);
    return {
      instanceOf: [own, new copy.ChatSessionError(details), inFrame].map(
        (error) => error instanceof ChatSessionError,
      ),
      known: [own, new copy.ChatSessionError(details), inFrame].map(isChatSessionError),
      unknown: [null, undefined, "x", {}, new Error("x"), hostile].map(isChatSessionError),
      stack: own.stack.split("\n")[0],
    };
  });
  assert.deepEqual(verdicts.instanceOf, [true, false, false]);
  assert.deepEqual(verdicts.known, [true, true, true]);
  assert.deepEqual(verdicts.unknown, Array(6).fill(false));
  assert.equal(verdicts.stack, "ChatSessionError: No");
});

async function contactToken(email) {
  const response = await fetch(`${runtime.baseUrl}/widget/authenticate-user`, {
    method: "POST",
    headers: { Authorization: `Bearer ${runtime.keys.secret}`, "Content-Type": "application/json" },
    body: JSON.stringify({ email }),
  });
  return (await response.json()).token;
}
