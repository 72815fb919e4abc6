// Summary of a run of schemathesis: its own count, and the responses in the service's
// log.

import { document } from "../support/contract.mjs";

const names = {
  secretKey: "Secret key",
  contactToken: "Contact token",
  visitorToken: "Visitor token",
  agentToken: "Agent token",
  publishableKey: "Publishable key",
};

/**
 * Returns true for an operation whose response has no end that anybody could wait for: a test
 * of its own, tests/edge/live.test.mjs, holds it to the contract.
 */
export const isLive = ({ tags }) => tags.includes("Live");

/** Returns a few lines about one run. */
export function summarise(scheme, operationIds, report, answers) {
  const { generated, unique_failures: failures } = report.test_cases;
  const seconds = Math.round(report.running_time);
  const lines = [
    `${names[scheme]}: ${generated} test cases, ${answers.length} requests in ${seconds} s, ` +
      `${failures} failures`,
  ];
  for (const { operationId, statuses } of answered(answers)) {
    if (!operationIds.includes(operationId)) continue;
    const shown = Object.entries(statuses).map(([status, times]) => `${status} ×${times}`);
    lines.push(`  ${operationId}: ${shown.join(", ")}`);
  }
  return lines.join("\n");
}

/** Returns the documented successes that no response had. */
export function successesAmiss(answers) {
  return answered(answers).flatMap(({ operationId, responses, statuses }) =>
    Object.keys(responses)
      .filter((status) => Number(status) < 400 && !(status in statuses))
      .map((status) => `${status} of ${operationId}`),
  );
}

const operations = (item) => Object.entries(item).filter(([, operation]) => !isLive(operation));

/** Returns each operation of the document, with the count of each response status. */
function answered(answers) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    operations(item).map(([method, { operationId, responses }]) => {
      const own = answers.filter(
        (answer) => answer.route === path && answer.method === method.toUpperCase(),
      );
      const statuses = {};
      for (const { status } of own) statuses[status] = (statuses[status] ?? 0) + 1;
      return { operationId, responses, statuses };
    }),
  );
}
