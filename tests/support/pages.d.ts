// Modules that a page imports from the server of a test.

declare module "*/pkg/index.js";
