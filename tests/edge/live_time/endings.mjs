// Connections that end because their credential has: within 70 seconds, with 4401.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newKey, newRecord } from "../../../scripts/keys.mjs";
import { eventsOf, follow, followEvents } from "../../support/live.mjs";
import { until } from "../../support/runtime.mjs";

const inbox = "/chat/events";
const listed = "https://listed.example.com";
/** Guarantee of docs/api.md. */
const boundMs = 70_000;

/** @param {import("./service.mjs").Service} service */
export function testEndings(service) {
  /** Connections that end, by what ends them, and those that do not. */
  const ending = /** @type {Record<string, any[]>} */ ({});
  const staying = /** @type {Record<string, any[]>} */ ({});

  async function storeKey(kind, /** @type {any} */ more = {}, key = newKey(kind)) {
    await service.runtime.putKey(key, newRecord(key, { org: "acme", kind, ...more }));
    return key;
  }

  test("a credential that ends closes its connections with 4401 within 70 s, and no others", async (context) => {
    const { runtime, people } = service;
    const { secret } = runtime.keys;
    const remove = (path) => people.post(path, secret, undefined, { method: "DELETE" });
    const session = await people.open();
    const open = (path, token, origin = /** @type {string | undefined} */ (undefined)) =>
      follow(runtime.baseUrl, { path, token, origin });
    const toSession = (token) => open(eventsOf(session), token);
    const authenticate = (email, more = {}, key = secret) =>
      people.post("/widget/authenticate-user", key, { email, ...more });
    const agentOf = (body, key = secret) =>
      people.post("/agents/tokens", key, { name: "Ben", ...body }).then(({ token }) => token);
    const ownOf = (contact) => people.open({ contact_id: contact.id, verified: true });

    const revoked = await storeKey("secret");
    const inTenSeconds = new Date(Date.now() + 10_000);
    const expiring = await storeKey("secret", { expiresAt: inTenSeconds });
    const page = await storeKey("publishable", { origins: [listed] });
    const revokedPage = await storeKey("publishable", { origins: [listed] });
    const visitorOf = (key) =>
      people
        .post("/widget/visitors", key, undefined, { origin: listed })
        .then(({ token }) => token);
    const [visitor, other, unkeyed] = [
      await visitorOf(page),
      await visitorOf(page),
      await visitorOf(revokedPage),
    ];
    const visited = await people.open({}, visitor);
    const [ann, bob, carl, dan, eve] = await Promise.all([
      authenticate("ann@example.com", { expires_in: 10 }),
      authenticate("bob@example.com"),
      authenticate("carl@example.com"),
      authenticate("dan@example.com"),
      authenticate("eve@example.com", {}, revoked),
    ]);
    const ofContact = async ({ token, contact }) => open(eventsOf(await ownOf(contact)), token);
    const [stays, goes] = [await agentOf({ id: "stays" }), await agentOf({ id: "goes" })];

    ending["a revoked key"] = await Promise.all([
      toSession(revoked),
      open(inbox, revoked),
      toSession(await agentOf({ id: "of-revoked" }, revoked)),
      ofContact(eve),
      open(eventsOf(await people.open({}, unkeyed)), unkeyed),
    ]);
    ending["a key that expires"] = await Promise.all([toSession(expiring), open(inbox, expiring)]);
    ending["a token that expires"] = await Promise.all([
      ofContact(ann),
      toSession(await agentOf({ id: "short", expires_in: 10 })),
      open(inbox, await agentOf({ id: "short", expires_in: 10 })),
    ]);
    ending["an agent's revoked tokens"] = await Promise.all([toSession(goes), open(inbox, goes)]);
    ending["a contact's revoked tokens"] = [await ofContact(bob)];
    ending["a deleted contact"] = [await ofContact(carl)];
    ending["an origin that is not listed any more"] = [
      await open(eventsOf(visited), visitor, listed),
    ];
    staying["of other people, on the same sessions"] = await Promise.all([
      toSession(secret),
      toSession(stays),
      open(inbox, stays),
      ofContact(dan),
      // Other origins of a page's key are the page's affair.
      open(eventsOf(visited), visitor),
      open(eventsOf(await people.open({}, other)), other),
      open(eventsOf(visited), secret),
    ]);
    // An iterable ends, and its client learns why when it connects again.
    const events = await followEvents(runtime.baseUrl, { path: eventsOf(session), token: goes });
    const quiet = await followEvents(runtime.baseUrl, { path: eventsOf(session), token: stays });
    const all = () => [...Object.values(ending), ...Object.values(staying)].flat();
    await until(() => all().every(({ frames }) => frames.length > 0));
    const openedMs = performance.now();

    await Promise.all([
      runtime.revoke(revoked),
      runtime.revoke(revokedPage),
      storeKey("publishable", { origins: ["https://other.example.com"] }, page),
      remove("/agents/goes/tokens"),
      remove(`/contacts/${bob.contact.id}/tokens`),
      remove(`/contacts/${carl.contact.id}`),
    ]);
    const began = performance.now();
    await until(() => performance.now() - openedMs > 11_000);
    const expiredMs = performance.now();
    const elapsed = () => performance.now() - began;
    while (
      elapsed() < boundMs + 11_000 &&
      !Object.values(ending)
        .flat()
        .every(({ code }) => code)
    ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const waitedMs = elapsed();
    context.diagnostic(`the last one ended after ${Math.round(waitedMs / 1000)} s`);
    const codes = Object.fromEntries(
      Object.entries(ending).map(([why, sockets]) => [why, sockets.map(({ code }) => code)]),
    );
    const expected = Object.fromEntries(
      Object.entries(ending).map(([why, sockets]) => [why, sockets.map(() => 4401)]),
    );
    assert.deepEqual(codes, expected);
    assert.ok(performance.now() - expiredMs < boundMs && waitedMs < boundMs, `${waitedMs} ms`);
    await until(() => events.hasEnded);

    // Those that stay have lost nothing.
    await people.say(session, "still here");
    await until(() => staying["of other people, on the same sessions"][0].seqs.length === 1);
    assert.deepEqual(
      Object.values(staying)
        .flat()
        .map(({ code }) => code),
      Object.values(staying)
        .flat()
        .map(() => undefined),
    );
    await until(() => quiet.seqs.length === 1);
    // A comment at least every 15 s, all the time.
    const comments = quiet.blocks.filter((block) => block === ":").length;
    const since = performance.now() - openedMs;
    assert.ok(comments >= Math.floor(since / 15_000) - 1, `${comments} comments in ${since} ms`);
    assert.ok(comments <= Math.ceil(since / 15_000), `${comments} comments in ${since} ms`);
    await Promise.all([quiet, ...all()].map((live) => live.close()));
  });
}
