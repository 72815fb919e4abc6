// The tables of request cases, as tests/cases/mod.rs reads it in Rust.

import { readFile } from "node:fs/promises";

/** Returns every case: its name, the body's text, and the verdict. */
export const sessionRequestCases = () => readCases("session_requests.json");

/** Returns every case of a message, as the service takes it. */
export const messageCases = () => readCases("messages.json");

async function readCases(name) {
  const file = new URL(`../cases/${name}`, import.meta.url);
  const { groups } = JSON.parse(await readFile(file, "utf8"));
  return groups.flatMap(({ group, cases }) =>
    cases.map(({ name, body, text, expect }) => ({
      name: `${group}: ${name}`,
      text: expand(text ?? JSON.stringify(body)),
      expect: typeof expect === "number" ? { status: expect } : verdict(expect),
    })),
  );
}

function verdict({ code, errors = [] }) {
  return { status: 400, code, errors: errors.map(expand).sort() };
}

/** Returns the cases whose body is valid JSON. */
export async function sessionRequestCasesInJson() {
  return (await sessionRequestCases()).filter(({ text }) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Returns the cases of messages as the package takes them: with the content beside the
 * other members, in the errors' paths too.
 */
export async function flatMessageCases() {
  return (await messageCases()).flatMap(({ name, text, expect }) => {
    const { message, ...rest } = parse(text) ?? {};
    if (typeof message !== "object" || message === null || Array.isArray(message)) return [];
    const errors = expect.errors?.map((error) => error.replace(/^\/message\//, "/")).sort();
    return [
      { name, request: { ...rest, ...message }, expect: { ...expect, ...(errors && { errors }) } },
    ];
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Expands `{{x*3}}` to `xxx`, and `{{keys*2}}` to `"k0":0,"k1":0`. */
export function expand(text) {
  return text.replace(/\{\{((?:(?!\}\})[^*])*)\*(\d+)\}\}/g, (_, unit, times) =>
    unit === "keys"
      ? Array.from({ length: times }, (_, index) => `"k${index}":0`).join(",")
      : unit.repeat(times),
  );
}

/** Returns field errors in the table's short form. */
export function shortForm(errors) {
  return (errors ?? []).map(({ path, code }) => `${path} ${code}`).sort();
}
