// Sign-in links of agents: the inbox with a token in the fragment, which no server sees.

/**
 * Makes a sign-in link with the service's API.
 *
 * @param {{ baseUrl: string, secretKey: string, id: string, name: string }} options
 * @returns {Promise<{ link: string, organization: string }>}
 */
export async function makeSignInLink({ baseUrl, secretKey, id, name }) {
  const response = await fetch(`${baseUrl}/agents/tokens`, {
    method: "POST",
    headers: { Authorization: `Bearer ${secretKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ id, name }),
    // A key is sent to the address that was named, and nowhere else.
    redirect: "error",
  });
  const body = await response.json().catch(() => ({}));
  if (response.status !== 201) {
    throw new Error(
      `${baseUrl} answered ${response.status}: ${body.message ?? "not as the service"}`,
    );
  }
  const [, claims] = body.token.split(".");
  const { org } = JSON.parse(Buffer.from(claims, "base64url").toString());
  return { link: `${baseUrl}/inbox#token=${body.token}`, organization: org };
}

/**
 * Returns the id of an agent without one: the same for each link of a name, so that an agent
 * who signs in again finds their conversations.
 *
 * @param {string} name
 */
export function agentIdOf(name) {
  return name.normalize("NFC").trim().toLowerCase().replaceAll(/\s+/g, "-");
}
