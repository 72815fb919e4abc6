// The contract's rules for a create, in zod; used by both Hono peers.

import { z } from "zod";
import { customData } from "./attributes";
import { channelTypes, uuidPattern } from "../validators/constants.js";

const uuid = z.string().regex(uuidPattern);

export const newSession = z.object({
  contact_id: uuid.optional(),
  channel: z
    .object({
      type: z.enum(channelTypes),
    })
    .default({ type: "api" }),
  verified: z.boolean().nullish(),
  custom_data: customData.default({}),
  contact: z
    .object({
      email: z.string().trim().toLowerCase().max(254).email().optional(),
      name: z.string().max(256).optional(),
      phone_number: z.string().max(64).optional(),
      custom_data: customData.default({}),
    })
    .optional(),
});

export type NewSession = z.infer<typeof newSession>;
export type Contact = NonNullable<NewSession["contact"]>;

/** Identity of a contact; undefined if it has none. */
export function identityOf({ email, phone_number }: Contact): string | undefined {
  if (email) return `email:${email}`;
  const digits = phone_number?.replace(/[\s.\-()[\]]/g, "");
  return digits ? `phone:${digits}` : undefined;
}

/** The contract's list of failing fields. */
export function fieldErrors(error: z.ZodError) {
  return error.issues.map(({ path, code, message }) => ({
    path: `/${path.join("/")}`,
    code,
    message,
  }));
}
