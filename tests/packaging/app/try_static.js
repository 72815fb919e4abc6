// The same with the entry that loads nothing later.
import {
  createClient,
  createSession,
  isChatSessionError,
  load,
  validateSession,
} from "chat-sessions/static";

export async function tryPackage({ baseUrl, token }) {
  const options = { baseUrl, token };
  const { id } = await createSession({ channel: { type: "web" } }, options);
  const refused = await createSession({ contact: { email: "ann@" } }, options).catch((error) => ({
    isOurs: isChatSessionError(error),
    code: error.code,
    paths: error.errors.map(({ path }) => path),
  }));
  await load();
  const [{ path, code }] = validateSession({ verified: "yes" });
  return { id, refused, validated: `${path} ${code}`, live: await tryLive(options, id) };
}

/** Follows a session until it is live, or refused: that of a publishable key is. */
function tryLive(options, id) {
  return new Promise((resolve) => {
    const subscription = createClient(options).subscribe(id, {
      onState(state, error) {
        if (state === "connecting" || (state === "waiting" && error.code === "network_error"))
          return;
        subscription.close();
        resolve(error?.code ?? state);
      },
    });
  });
}
