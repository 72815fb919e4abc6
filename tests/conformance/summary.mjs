// What came of one run of schemathesis: its own count, and what the service's
// log says it answered.

import { document } from "../support/contract.mjs";

const names = {
  secretKey: "Secret key",
  contactToken: "Contact token",
  publishableKey: "Publishable key",
};

/** A few lines about a run, and the documented successes that nobody got. */
export function summarise(scheme, operations, report, answers) {
  const { generated, unique_failures: failures } = report.test_cases;
  const seconds = Math.round(report.running_time);
  const lines = [
    `${names[scheme]}: ${operations.length} operations, ${generated} test cases, ` +
      `${answers.length} requests in ${seconds} s, ${failures} failures`,
  ];
  const unseen = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, { operationId, responses }] of Object.entries(item)) {
      if (!operations.includes(operationId)) continue;
      const counts = count(answers, method.toUpperCase(), path.replace(/\{.+\}/, "{id}"));
      const shown = Object.entries(counts).map(([status, times]) => `${status} ×${times}`);
      lines.push(`  ${operationId}: ${shown.join(", ")}`);
      const successes = Object.keys(responses).filter((status) => status < 400);
      const missing = successes.filter((status) => !(status in counts));
      unseen.push(...missing.map((status) => `${status} of ${operationId}`));
    }
  }
  if (unseen.length > 0) lines.push(`  never answered: ${unseen.join(", ")}`);
  return { text: lines.join("\n"), unseen };
}

function count(answers, method, route) {
  const counts = {};
  for (const answer of answers) {
    if (answer.method !== method || answer.route !== route) continue;
    counts[answer.status] = (counts[answer.status] ?? 0) + 1;
  }
  return counts;
}
