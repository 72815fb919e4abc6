// Cost of the runtime itself: the body is read, nothing is stored.

export default {
  async fetch(request) {
    await request.arrayBuffer();
    return Response.json({ id: "0190163d-8694-7000-8000-000000000001" }, { status: 201 });
  },
};
