// A KV namespace with one key, which takes its time to say that it has no other.

export default {
  async fetch({ url }, { HASH, RECORD, DELAY_MS }) {
    if (url.includes(HASH)) return Response.json(RECORD);
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    return new Response(null, { status: 404 });
  },
};
