// Constants of the peers' rules.

export const channelTypes = [
  "web",
  "email",
  "phone_voice",
  "slack",
  "sms",
  "whatsapp",
  "instagram",
  "messenger",
  "api",
  "web_voice",
];

export const uuidPattern =
  /^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$/;

/** The pattern of HTML's `input type=email`. */
export const emailPattern =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

const attributes = {
  type: "object",
  maxProperties: 100,
  propertyNames: { minLength: 1, maxLength: 128, pattern: "^[^\\u0000]*$" },
  additionalProperties: { type: ["string", "number", "boolean"], maxLength: 4096 },
};

/** Schema for ajv. JSON Schema cannot trim, so an address is checked untrimmed. */
export const schema = {
  type: "object",
  properties: {
    contact_id: { type: "string", pattern: uuidPattern.source },
    channel: {
      type: "object",
      required: ["type"],
      properties: { type: { type: "string", enum: channelTypes } },
    },
    verified: { type: ["boolean", "null"] },
    custom_data: attributes,
    contact: {
      type: "object",
      properties: {
        email: { type: "string", maxLength: 254, pattern: emailPattern.source },
        name: { type: "string", maxLength: 256 },
        phone_number: { type: "string", maxLength: 64 },
        custom_data: attributes,
      },
    },
    resume: { type: "boolean" },
  },
};
