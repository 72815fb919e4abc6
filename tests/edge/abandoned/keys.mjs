// A KV namespace without keys, which takes its time to say so.

export default {
  async fetch(_request, { DELAY_MS }) {
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    return new Response(null, { status: 404 });
  },
};
