// The list's sessions: pages of the service's lists, and changes as they happen.

/** @import { Client, Session, SessionListQuery, SessionStatus } from "../pkg/index.js" */
/** @import { UnreadListed } from "./unread.js" */

/**
 * @typedef {{ status: "open" | "closed", isUnread: boolean, isMine: boolean, channel: string }} Filter
 * @typedef {{ ticket_number: number } | { email: string }} Search
 */
/**
 * One list of the service, read page by page. `tail` is the position of the last session of
 * the pages so far.
 *
 * @typedef {{ query: SessionListQuery, cursor?: string | undefined, hasBegun: boolean, isDone: boolean, tail: string }} Feed
 */
/**
 * `isLoading` while a page is on its way; `error` is why the last one failed; `isWhole` if
 * there is no more.
 *
 * @typedef {{ sessions: Session[], isLoading: boolean, isWhole: boolean, error?: any }} Listed
 */

/** Sessions of the first page, for which a person waits, and of those behind it. */
const firstPageSize = 50;
const pageSize = 100;
/** Pages in a row that a filter may find nothing in, before a person is asked. */
const emptyPagesMax = 5;
/** Sorts before every position: nothing has been listed. */
const beforeAll = "";
/** Later than every time: what is deleted does not come back. */
const afterAll = "~";

/**
 * Creates the list.
 *
 * @param {{
 *   client: Client,
 *   agentId: string,
 *   signal: AbortSignal,
 *   onChange(): void,
 *   onError(error: any): void,
 * }} options
 */
export function newConversations({ client, agentId, signal, onChange, onError }) {
  /** @type {Filter} */
  let filter = { status: "open", isUnread: false, isMine: false, channel: "" };
  /** @type {Search | undefined} */
  let search;
  /** @type {Feed[]} */
  let feeds = [];
  /** @type {Map<string, Session>} */
  let found = new Map();
  /** @type {Session[] | undefined} */
  let sorted;
  let isLoading = false;
  /** @type {any} */
  let error;
  /** Counts the lists: a page of an earlier one is dropped. */
  let generation = 0;
  /** The open session, which stays although it may not match any more. */
  let openId = "";
  /**
   * When the sessions that have left the list were updated, by their ids: a page that was
   * read before does not bring them back.
   *
   * @type {Map<string, string>}
   */
  let dropped = new Map();

  /** @param {Session} session */
  const activity = ({ id, last_message_at }) => `${last_message_at ?? ""} ${id}`;

  /** @param {Session} session */
  const position = (session) =>
    search ? `${session.created_at} ${session.id}` : activity(session);

  /** Returns the position down to which nothing is missing. */
  function horizon() {
    return feeds
      .filter(({ isDone }) => !isDone)
      .reduce((latest, { tail }) => (tail > latest ? tail : latest), beforeAll);
  }

  /** @param {Session} session */
  function matches({ status, unread, assignee, channel, last_message_at }) {
    return (
      (status === "open") === (filter.status === "open") &&
      (!filter.isUnread || unread.agent > 0) &&
      (!filter.isMine || (assignee.type === "human" && assignee.id === agentId)) &&
      (filter.channel === "" || channel.type === filter.channel) &&
      last_message_at !== null
    );
  }

  /** @param {Session} session */
  function put(session) {
    const { id, updated_at, read } = session;
    const known = found.get(id);
    if (known && known.updated_at > updated_at) return;
    // Reading does not count as an update.
    if (known && known.read.agent > read.agent) return;
    if ((dropped.get(id) ?? "") >= updated_at) return;
    found.set(id, session);
    sorted = undefined;
  }

  /**
   * @param {string} id
   * @param {string} updated_at
   */
  function drop(id, updated_at) {
    dropped.set(id, updated_at);
    if (found.delete(id)) sorted = undefined;
  }

  function begin() {
    generation += 1;
    found = new Map();
    dropped = new Map();
    sorted = undefined;
    isLoading = false;
    error = undefined;
    /** @type {SessionListQuery[]} */
    let queries;
    if (search) queries = [search];
    else {
      /** @type {SessionStatus[]} */
      const statuses =
        filter.status === "open" ? ["open"] : ["closed_resolved", "closed_unresolved"];
      queries = statuses.map((status) => ({
        sort: "activity",
        status,
        channel_type: /** @type {any} */ (filter.channel || undefined),
        unread: filter.isUnread ? "agent" : undefined,
        assignee: filter.isMine ? "human" : undefined,
        assignee_id: filter.isMine ? agentId : undefined,
      }));
    }
    feeds = queries.map((query) => ({ query, hasBegun: false, isDone: false, tail: beforeAll }));
    return loadMore();
  }

  /** Returns the feed whose next page is to be shown first. */
  function nextFeed() {
    const open = feeds.filter(({ isDone }) => !isDone);
    return (
      open.find(({ hasBegun }) => !hasBegun) ??
      open.reduce((first, feed) => (feed.tail > first.tail ? feed : first), open[0])
    );
  }

  /** @param {Feed} feed */
  async function loadPage(feed) {
    const limit = feed.hasBegun ? pageSize : firstPageSize;
    const query = { ...feed.query, cursor: feed.cursor, limit };
    const current = generation;
    const { items, next } = await client.listSessions(query, { signal });
    if (current !== generation) return undefined;
    feed.hasBegun = true;
    feed.cursor = next ?? undefined;
    feed.isDone = next === null;
    for (const session of items) {
      put(session);
      feed.tail = position(session);
    }
    sorted = undefined;
    return items.length;
  }

  /** Loads the next sessions of the list. */
  async function loadMore() {
    if (isLoading || !nextFeed()) return;
    const current = generation;
    isLoading = true;
    error = undefined;
    onChange();
    try {
      for (let pages = 0, count = 0; pages < emptyPagesMax; pages += 1) {
        const feed = nextFeed();
        if (!feed || (count > 0 && feed.hasBegun)) break;
        const loaded = await loadPage(feed);
        if (loaded === undefined) return;
        count += loaded;
      }
    } catch (cause) {
      if (current === generation) {
        error = cause;
        onError(cause);
      }
    } finally {
      if (current === generation) {
        isLoading = false;
        onChange();
      }
    }
  }

  return {
    get filter() {
      return filter;
    },
    get search() {
      return search;
    },
    loadMore,
    /** @returns {Listed} */
    get listed() {
      // Single ones that have changed are not the beginning of the list.
      if (feeds.some(({ hasBegun }) => !hasBegun)) sorted = [];
      if (!sorted) {
        const end = horizon();
        sorted = Array.from(found.values(), (session) => ({ session, at: position(session) }))
          .filter(({ at }) => at >= end)
          .sort((a, b) => (a.at < b.at ? 1 : -1))
          .map(({ session }) => session);
      }
      const isWhole = feeds.every(({ isDone }) => isDone);
      return { sessions: sorted, isLoading, isWhole, error };
    },
    /** @param {string} id */
    get: (id) => found.get(id),
    /** @param {Partial<Filter>} change */
    setFilter(change) {
      filter = { ...filter, ...change };
      search = undefined;
      return begin();
    },
    /** @param {Search | undefined} sought */
    setSearch(sought) {
      search = sought;
      return begin();
    },
    /** Loads the first pages again, for what changed before changes were followed. */
    async refresh() {
      const current = generation;
      for (const { query } of search ? [] : feeds) {
        const { items } = await client.listSessions({ ...query, limit: firstPageSize }, { signal });
        if (current !== generation) return;
        for (const session of items) put(session);
      }
      onChange();
    },
    /**
     * Takes a session as it is now.
     *
     * @param {Session} session
     */
    apply(session) {
      const { id } = session;
      const isListed = found.has(id);
      if (search || (isListed && id === openId)) {
        if (isListed) put(session);
      } else if (!matches(session)) drop(id, session.updated_at);
      // One that is further down comes with its page.
      else if (isListed || position(session) > horizon()) put(session);
      onChange();
    },
    /**
     * Takes what is unread: the other open sessions of the list, down to the last one of
     * these, have been read.
     *
     * @param {UnreadListed} listed
     */
    applyUnread({ sessions, isUnread, isWhole }) {
      for (const session of sessions) if (found.has(session.id)) put(session);
      const last = sessions.at(-1);
      const end = isWhole ? beforeAll : last ? activity(last) : afterAll;
      for (const session of found.values()) {
        const { id, status, unread, updated_at } = session;
        if (status !== "open" || unread.agent === 0) continue;
        if (isUnread(id) || activity(session) < end) continue;
        const read = { ...session, unread: { ...unread, agent: 0 } };
        if (search || id === openId || matches(read)) found.set(id, read);
        else drop(id, updated_at);
      }
      sorted = undefined;
      onChange();
    },
    /** @param {string} id */
    remove(id) {
      drop(id, afterAll);
      onChange();
    },
    /**
     * Names the open session.
     *
     * @param {string} id
     */
    setOpen(id) {
      const left = found.get(openId);
      openId = id;
      if (left && left.id !== id && !search && !matches(left)) {
        drop(left.id, left.updated_at);
      }
      onChange();
    },
  };
}
