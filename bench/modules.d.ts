// Modules that the bench bundles in, or that `make check` does not install.

declare module "autocannon";
declare module "contender";
declare module "miniflare";
