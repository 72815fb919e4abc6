// The built Worker, unchanged, on a D1 that logs the bookmark that each round trip
// begins from, and the query plan of each statement.

import Service from "../../../build/edge/index.js";

export { Inbox, Room } from "../../../build/edge/index.js";

export default {
  fetch(request, env, context) {
    return new Service(context, { ...env, DB: watched(env.DB) }).fetch(request);
  },
};

function watched(database) {
  const withSession = (start) => {
    console.log(JSON.stringify({ start }));
    const session = database.withSession(start);
    const statement = ({ sql, values }) => session.prepare(sql).bind(...values);
    return {
      prepare: (sql) => ({ bind: (...values) => ({ sql, values }) }),
      async batch(statements) {
        for (const { sql, values } of statements) {
          const explanation = statement({ sql: `EXPLAIN QUERY PLAN ${sql}`, values });
          const { results } = await explanation.all();
          console.log(JSON.stringify({ sql, plan: results.map(({ detail }) => detail) }));
        }
        return session.batch(statements.map(statement));
      },
      getBookmark: () => session.getBookmark(),
    };
  };
  return { withSession };
}
