// Forged contact tokens, the same as in tests/credential_cases.rs.

import { createHmac } from "node:crypto";

/**
 * Returns a valid token of `sub` that a secret key with this hash has asked for, with the
 * changes of `description`.
 */
export function makeToken(description, { sub, otherSub, keyHash, secrets }) {
  const { exp = 600, alg = "HS256", hash = "sha256", secret, then, crit, ...claims } = description;
  const now = Math.floor(Date.now() / 1000);
  const all = { sub, org: "acme", aud: "chat-sessions", iat: now, exp: exp && now + exp };
  const jti = "00000000-0000-4000-8000-000000000000";
  Object.assign(all, { jti, key: keyHash, epoch: 0 }, claims);
  const given = Object.fromEntries(Object.entries(all).filter(([, claim]) => claim !== null));
  const encode = (json) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const header = encode({ alg, typ: "JWT", crit });
  const signed = `${header}.${encode(given)}`;
  const key = {
    undefined: secrets.TOKEN_SECRET,
    previous: secrets.TOKEN_SECRET_PREVIOUS,
    unknown: "an unknown secret of 32 characters",
  }[secret];
  const signature = createHmac(hash, key).update(signed).digest("base64url");
  switch (then) {
    case undefined:
      return `${signed}.${signature}`;
    case "no signature":
      return `${signed}.`;
    case "short signature":
      return `${signed}.${signature.slice(0, 20)}`;
    case "two parts":
      return signed;
    case "four parts":
      return `${signed}.${signature}.${signature}`;
    case "bob's claims":
      return `${header}.${encode({ ...given, sub: otherSub })}.${signature}`;
    default:
      throw new Error(then);
  }
}
