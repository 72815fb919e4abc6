// The contract's rules for a message and for a page of history, in zod.

import { z } from "zod";
import { customData } from "./attributes";
import { uuidPattern } from "../validators/constants.js";

const isHttps = (text: string) => {
  const url = URL.parse(text);
  return url?.protocol === "https:" && !url.username && !url.password && !/\s/.test(text);
};

/** Code points: `length` counts UTF-16 units, which are as many or more. */
const isAtMost = (text: string, max: number) => text.length <= max || [...text].length <= max;

const text = (max: number) =>
  z
    .string()
    .refine((value) => isAtMost(value, max), `at most ${max} characters`)
    .refine((value) => value.isWellFormed(), "well-formed Unicode");

const notBlank = (max: number) => text(max).refine((value) => value.trim() !== "", "not blank");

/** A blank text is as none. */
const unlessBlank = (rule: z.ZodType<string>) =>
  z.preprocess(
    (value) => (typeof value === "string" && value.trim() === "" ? undefined : value),
    rule.optional(),
  );

const attachment = z.object({
  base64: z.undefined({ error: "not supported: upload the file" }).optional(),
  name: notBlank(255),
  url: notBlank(2048).refine(isHttps, "an https address"),
  type: text(127).optional(),
  mime_type: text(127).optional(),
  size: z.number().int().min(0).optional(),
});

export const newMessage = z
  .object({
    sender: z.enum(["contact", "agent", "ai"]),
    message: z
      .object({
        type: z.literal("text").optional(),
        id: z.string().regex(uuidPattern).toLowerCase().optional(),
        text: text(8000)
          .refine((value) => value === "" || value.trim() !== "", "more than white space")
          .default(""),
        attachments: z.array(attachment).max(10).default([]),
      })
      .refine(({ text, attachments }) => text !== "" || attachments.length > 0, {
        path: ["text"],
        message: "required where there are no attachments",
      }),
    agent: z
      .object({
        id: z.union([z.number().int().min(0).transform(String), unlessBlank(text(255))]),
        name: notBlank(256),
        avatar_url: unlessBlank(text(2048).refine(isHttps, "an https address")),
      })
      .optional(),
    custom_data: customData.default({}),
    should_take_over_session_from_ai: z.boolean().default(false),
  })
  .refine(({ sender, agent }) => sender !== "contact" || !agent, {
    path: ["agent"],
    message: "for messages of an agent or an ai",
  });

export type NewMessage = z.infer<typeof newMessage>;

const seq = z
  .string()
  .regex(/^[0-9]{1,15}$/)
  .transform(Number);

/** Without cursors: a page of the bench is the first of its range. */
export const historyQuery = z
  .object({
    after: seq.optional(),
    before: seq.optional(),
    order: z.enum(["asc", "desc"]).default("asc"),
    limit: z
      .string()
      .regex(/^[0-9]+$/)
      .transform(Number)
      .pipe(z.number().min(1).max(100))
      .default(50),
  })
  .refine(({ after, before }) => after === undefined || before === undefined, {
    path: ["before"],
    message: "one of after and before",
  });
