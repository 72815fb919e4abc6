// The contract's rule for custom_data, in zod.

import { z } from "zod";

export const customData = z
  .record(
    z.string().min(1).max(128),
    z.union([z.string().max(4096), z.number().finite(), z.boolean()]),
  )
  .refine((attributes) => Object.keys(attributes).length <= 100, "at most 100 keys");
