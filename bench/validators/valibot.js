// The rules of a create in valibot.

import * as v from "valibot";
import { channelTypes, emailPattern, uuidPattern } from "./constants.js";

const attributes = v.pipe(
  v.record(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(128),
      v.check((key) => !key.includes("\0"), "has a NUL character"),
    ),
    v.union([v.pipe(v.string(), v.maxLength(4096)), v.pipe(v.number(), v.finite()), v.boolean()]),
  ),
  v.maxEntries(100),
);

const request = v.object({
  contact_id: v.optional(v.pipe(v.string(), v.regex(uuidPattern))),
  channel: v.optional(v.object({ type: v.picklist(channelTypes) })),
  verified: v.nullish(v.boolean()),
  custom_data: v.optional(attributes),
  contact: v.optional(
    v.object({
      email: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(254), v.regex(emailPattern))),
      name: v.optional(v.pipe(v.string(), v.maxLength(256))),
      phone_number: v.optional(v.pipe(v.string(), v.maxLength(64))),
      custom_data: v.optional(attributes),
    }),
  ),
  resume: v.optional(v.boolean()),
});

export async function load() {}

export function validate(value) {
  const { success, issues } = v.safeParse(request, value);
  if (success) return [];
  return issues.map((issue) => ({ path: v.getDotPath(issue), message: issue.message }));
}
