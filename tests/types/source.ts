// Compiled, never run: the package's sources export what its types declare.

import type * as declared from "../../pkg/index.js";
import * as source from "../../pkg/src/index.js";

export const exports: typeof declared = source;

import type * as declaredWebhooks from "../../pkg/webhooks.js";
import * as webhooks from "../../pkg/src/webhooks.js";

export const webhookExports: typeof declaredWebhooks = webhooks;
