// The rules of a create in zod, with zod's own checks where it has them.

import { z } from "zod";
import { channelTypes, emailPattern, uuidPattern } from "./constants.js";

const attributes = z
  .record(
    z
      .string()
      .min(1)
      .max(128)
      .refine((key) => !key.includes("\0"), "has a NUL character"),
    z.union([z.string().max(4096), z.number(), z.boolean()]),
  )
  .refine((all) => Object.keys(all).length <= 100, "must have at most 100 keys");

const request = z.object({
  contact_id: z.string().regex(uuidPattern).optional(),
  channel: z.object({ type: z.enum(channelTypes) }).optional(),
  verified: z.boolean().nullish(),
  custom_data: attributes.optional(),
  contact: z
    .object({
      email: z.string().trim().max(254).regex(emailPattern).optional(),
      name: z.string().max(256).optional(),
      phone_number: z.string().max(64).optional(),
      custom_data: attributes.optional(),
    })
    .optional(),
  resume: z.boolean().optional(),
});

export async function load() {}

export function validate(value) {
  const { error } = request.safeParse(value);
  if (!error) return [];
  return error.issues.map(({ path, message }) => ({ path: `/${path.join("/")}`, message }));
}
