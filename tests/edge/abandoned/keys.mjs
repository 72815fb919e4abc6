// A KV namespace that never answers.

export default {
  fetch: () => new Promise((resolve) => setTimeout(resolve, 600_000)),
};
