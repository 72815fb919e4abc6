// The inbox of an agent who has signed in: the list, the open conversation, and the keys.

import { element } from "../chat/dom.js";
import { hasDraft } from "./composer.js";
import { newConversation } from "./conversation.js";
import { newConversations } from "./conversations.js";
import { announce, button, byId, takesText } from "./dom.js";
import { newElsewhere } from "./elsewhere.js";
import { newFilters } from "./filters.js";
import { newListView } from "./list_view.js";
import { isSignedOut, newOutbox } from "./outbox.js";
import { installShortcuts } from "./shortcuts.js";
import { newStorage } from "./storage.js";
import { newUnreadCount } from "./unread.js";

/** @import { Client, Session } from "../pkg/index.js" */
/** @import { Agent } from "./session_token.js" */

/** Width from which the panel of details has a place of its own, as in inbox.css. */
const isWide = matchMedia("(min-width: 75rem)");
const isPhone = matchMedia("(max-width: 47.99rem)");
const sinceMs = 60_000;
const address = /^#\/conversations\/([0-9a-f-]{36})$/;

/**
 * Starts the inbox; `onSignedOut` is called when the token has ended.
 *
 * @param {{ client: Client, agent: Agent, signal: AbortSignal, onSignedOut(): void }} options
 */
export function startInbox({ client, agent, signal, onSignedOut }) {
  const storage = newStorage(agent);
  const connection = byId("connection");
  byId("me").replaceChildren(
    element("strong", { dir: "auto" }, agent.name),
    element("span", { dir: "auto" }, agent.organization),
  );

  /** @param {any} error */
  function onError(error) {
    if (isSignedOut(error)) onSignedOut();
  }

  const outbox = newOutbox({
    client,
    storage,
    signal,
    onError,
    onChange(id) {
      conversation.showPending(id);
      list.draw();
    },
    onFailed(id, why) {
      if (id !== conversation.id) elsewhere.show(id, `Not sent: ${why}`, conversations.get(id));
    },
  });
  const elsewhere = newElsewhere(signal);
  const conversations = newConversations({
    client,
    agentId: agent.id,
    signal,
    onError,
    onChange: showList,
  });
  const list = newListView({
    signal,
    markOf: (id) => (outbox.hasFailed(id) ? "Not sent" : hasDraft(storage, id) ? "Draft" : ""),
    onNearEnd: () => {
      const { isLoading, error } = conversations.listed;
      if (!isLoading && !error && hasMore) loadMore();
    },
  });
  /** False once a filter has found nothing for long: a person says to go on. */
  let hasMore = true;
  const unread = newUnreadCount({
    client,
    signal,
    onChange(text) {
      filters.showUnread(text);
      document.title = text ? `(${text}) Inbox` : "Inbox";
    },
    onRead: (listed) => conversations.applyUnread(listed),
    onError,
  });
  const conversation = newConversation({
    client,
    agent,
    outbox,
    storage,
    signal,
    onError,
    onSession: apply,
    onDraft: () => list.draw(),
    onGone: (id) => conversations.remove(id),
    onElsewhere: elsewhere.show,
  });
  const filters = newFilters({
    signal,
    onFilter(change) {
      conversations.setFilter(change);
      restart();
    },
    onSearch(search) {
      conversations.setSearch(search);
      restart();
    },
  });

  function restart() {
    hasMore = true;
    filters.show(conversations.filter, conversations.search);
    list.toTop();
  }

  async function loadMore() {
    const before = conversations.listed.sessions.length;
    hasMore = true;
    await conversations.loadMore();
    hasMore = conversations.listed.sessions.length > before;
    list.draw();
  }

  function showList() {
    const { sessions, isLoading, isWhole, error } = conversations.listed;
    list.show(sessions, isWhole);
    const end = byId("list-end");
    end.classList.toggle("busy", isLoading);
    const shown = `${isLoading} ${isWhole} ${error?.code} ${sessions.length > 0} ${hasMore}`;
    if (end.dataset.shown === shown) return;
    end.dataset.shown = shown;
    end.replaceChildren(
      ...endOfList({ isLoading, isWhole, error, isEmpty: sessions.length === 0 }),
    );
  }

  /** @param {{ isLoading: boolean, isWhole: boolean, error?: any, isEmpty: boolean }} state */
  function endOfList({ isLoading, isWhole, error, isEmpty }) {
    if (isLoading) return [element("p", {}, "Loading…")];
    const [violation] = (conversations.search && error?.errors) || [];
    if (violation) {
      const rule = `${violation.path.slice(1).replace("_", " ")} ${violation.message}`;
      return [element("p", { role: "alert" }, `Nothing to look for: ${rule}.`)];
    }
    if (error) {
      const reason = `The list cannot be loaded: ${error.message}`;
      return [element("p", { role: "alert" }, reason), button("Try again", loadMore)];
    }
    if (!isWhole) return [button("Look further back", loadMore, "quiet")];
    if (!isEmpty) return [];
    return [element("p", {}, conversations.search ? "Nothing found." : "No conversations here.")];
  }

  /** @param {Session} session */
  function apply(session) {
    conversations.apply(session);
    unread.apply(session);
    conversation.apply(session);
  }

  /** Reads what no event tells of: changes before the first connection, reads before each. */
  async function catchUp() {
    try {
      await Promise.all([unread.read(), conversations.refresh()]);
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  }

  client.subscribeSessions({
    signal,
    // Changes since the list was asked for; an agent's clock may be a little ahead.
    since: new Date(Date.now() - sinceMs),
    onSession: apply,
    onState(state, error) {
      if (state === "live") {
        outbox.wake();
        if (conversations.listed.error) loadMore();
        catchUp();
      }
      const isWaiting = state === "waiting";
      connection.classList.toggle("waiting", isWaiting || state === "ended");
      connection.textContent = isWaiting
        ? "No connection. What you write is sent when it is back."
        : state === "ended" && error && !isSignedOut(error)
          ? "Not live any more: reload the page."
          : "";
      if (state === "ended" && error) onError(error);
    },
  });

  // Which conversation is open, by the page's address: Back works.

  function route() {
    const id = address.exec(location.hash)?.[1] ?? "";
    const leftId = conversation.id ?? "";
    document.body.classList.toggle("has-open", id !== "");
    showDetails(false);
    elsewhere.remove(id);
    if (id) {
      conversation.open(id, conversations.get(id));
      if (isPhone.matches) conversation.focusTitle();
    } else conversation.close();
    conversations.setOpen(id);
    list.setOpen(id);
    if (!id && leftId) list.focus();
  }
  addEventListener("hashchange", route, { signal });

  /** @param {boolean} isShown */
  function showDetails(isShown) {
    document.body.classList.toggle("has-details", isShown);
    byId("show-details").setAttribute("aria-expanded", String(isShown || isWide.matches));
    if (isShown) byId("hide-details").focus();
  }
  isWide.addEventListener("change", () => isWide.matches && showDetails(false), { signal });
  byId("show-details").addEventListener("click", () => showDetails(true), { signal });
  byId("hide-details").addEventListener("click", hideDetails, { signal });

  function hideDetails() {
    showDetails(false);
    byId("show-details").focus();
  }

  function onEscape() {
    const { activeElement } = document;
    if (document.body.classList.contains("has-details")) hideDetails();
    else if (activeElement === byId("search-text") && conversations.search) {
      byId("clear-search").click();
    } else if (conversation.id && isPhone.matches) {
      // The list is not on the screen.
      if (takesText(activeElement)) conversation.focusTitle();
      else location.hash = "#/";
    } else list.focus();
  }

  installShortcuts({
    signal,
    onEscape,
    shortcuts: [
      { keys: ["j", "ArrowDown"], shown: "j", does: "Next conversation", run: () => list.move(1) },
      {
        keys: ["k", "ArrowUp"],
        shown: "k",
        does: "Previous conversation",
        run: () => list.move(-1),
      },
      { keys: ["r"], shown: "r", does: "Answer", run: () => conversation.write("answer") },
      { keys: ["n"], shown: "n", does: "Write a note", run: () => conversation.write("note") },
      {
        keys: ["e"],
        shown: "e",
        does: "Close or reopen the conversation",
        run: () => conversation.id && byId("status-action").click(),
      },
      {
        keys: ["i"],
        shown: "i",
        does: "Show details",
        // In a wide window they are always shown.
        run: () => conversation.id && !isWide.matches && showDetails(true),
      },
      { keys: ["/"], shown: "/", does: "Search", run: () => byId("search-text").select() },
    ],
  });

  outbox.start();
  filters.clear();
  restart();
  conversations.setFilter({});
  route();
  announce(`Signed in as ${agent.name}`);
  return { outbox };
}
