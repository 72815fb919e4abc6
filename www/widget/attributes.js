// Attributes of the page, on their way to the sessions.

/** @import { CustomData } from "./store.js" */

/**
 * Returns the attributes that go with requests, each once to each session. `report` gets
 * the error where the service rejects them: they are the page's, and a message is the
 * visitor's, which goes without them.
 *
 * @param {() => CustomData} current
 * @param {(error: unknown) => void} report
 */
export function newAttributes(current, report) {
  /**
   * Attributes that a session has, or that the service has rejected, as JSON.
   *
   * @type {Map<string, string>}
   */
  const told = new Map();

  return {
    /** Returns the attributes for a new session; undefined if there are none. */
    all() {
      const values = { ...current() };
      return Object.keys(values).length > 0 ? values : undefined;
    },
    /** @type {(session: string, values: CustomData | undefined) => unknown} */
    setTold: (session, values) => told.set(session, JSON.stringify(values ?? {})),
    /**
     * Runs a request to a session with the attributes that it does not have.
     *
     * @template Result
     * @param {string} session
     * @param {(more: { custom_data?: CustomData }) => Promise<Result>} request
     */
    async tell(session, request) {
      const values = this.all();
      if (!values || JSON.stringify(values) === told.get(session)) return request({});
      const result = await withoutRejected({ custom_data: values }, request, report);
      this.setTold(session, values);
      return result;
    },
  };
}

/**
 * Runs a request, and again without its attributes where they break a rule.
 *
 * @template {{ custom_data?: CustomData }} Body
 * @template Result
 * @param {Body} body
 * @param {(body: Body) => Promise<Result>} request
 * @param {(error: unknown) => void} report
 * @returns {Promise<Result>}
 */
export async function withoutRejected(body, request, report) {
  try {
    return await request(body);
  } catch (/** @type {any} */ error) {
    /** @type {{ path: string }[]} */
    const errors = error?.errors ?? [];
    const areRejected = errors.some(({ path }) => path.startsWith("/custom_data"));
    if (!body.custom_data || !areRejected) throw error;
    report(error);
    const { custom_data: _, ...others } = body;
    return request(/** @type {Body} */ (others));
  }
}
