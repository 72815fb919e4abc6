// The built Worker, byte for byte, on a D1 that also tells how it goes about
// each statement.

import Service from "../../../build/edge/index.js";

export default {
  fetch(request, env, context) {
    return new Service(context, { ...env, DB: explaining(env.DB) }).fetch(request);
  },
};

function explaining(database) {
  const withSession = (bookmark) => {
    const session = database.withSession(bookmark);
    const explain = (sql, values) =>
      session
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...values)
        .all();
    return {
      prepare: (sql) => ({ bind: (...values) => ({ sql, values }) }),
      async batch(statements) {
        for (const { sql, values } of statements) {
          const { results } = await explain(sql, values);
          console.log(JSON.stringify({ sql, plan: results.map(({ detail }) => detail) }));
        }
        return session.batch(
          statements.map(({ sql, values }) => session.prepare(sql).bind(...values)),
        );
      },
      getBookmark: () => session.getBookmark(),
    };
  };
  return { withSession };
}
