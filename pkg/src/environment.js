// Names of what an environment lacks, which would otherwise fail as something else: jsdom,
// in which other libraries' tests run, has few of a browser's functions.

/**
 * Returns the details of the error that one of the globals is absent; `undefined` if all
 * are there.
 *
 * @param {string[]} names
 * @returns {import("../index.js").ChatSessionErrorDetails | undefined}
 */
export function absence(...names) {
  const absent = names.find((name) => !(name in globalThis));
  if (absent === undefined) return undefined;
  return {
    code: "invalid_options",
    message:
      `This environment has no ${absent}, which browsers and Node.js have: ` +
      `where tests run in jsdom, set globalThis.${absent} to that of Node.js`,
  };
}
