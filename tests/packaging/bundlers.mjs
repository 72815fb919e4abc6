// Bundlers, set up as in their introductions, without a plug-in or an option for our
// package. Each function bundles a folder and returns the folder to serve.

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import nodeResolve from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";
import { build as vite } from "vite";
import metro from "metro";
import webpack from "webpack";
import { bin, command } from "./project.mjs";

export const bundlers = {
  async vite(folder) {
    // Vite's workers are classic scripts by default, which cannot import.
    const worker = { format: "es" };
    await vite({
      root: folder,
      base: "/app/",
      logLevel: "warn",
      worker,
      build: { outDir: "vite" },
    });
    return `${folder}/vite`;
  },

  async webpack(folder) {
    const compiler = webpack({
      mode: "production",
      context: folder,
      entry: "./main.js",
      output: { path: `${folder}/webpack`, filename: "main.js" },
    });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats)));
    });
    const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
    if (errors.length + warnings.length > 0) throw new Error(stats.toString("errors-warnings"));
    await copyFile(`${folder}/index.html`, `${folder}/webpack/index.html`);
    return `${folder}/webpack`;
  },

  async rollup(folder) {
    const bundle = await rollup({
      // Rollup does not bundle workers: the worker is a separate entry.
      input: [`${folder}/main.js`, `${folder}/worker.js`],
      plugins: [nodeResolve({ browser: true })],
      onwarn: ({ message }) => {
        throw new Error(message);
      },
    });
    await bundle.write({ dir: `${folder}/rollup`, format: "es" });
    await copyFile(`${folder}/index.html`, `${folder}/rollup/index.html`);
    return `${folder}/rollup`;
  },

  async esbuild(folder) {
    await esbuild({
      absWorkingDir: folder,
      entryPoints: ["main.js", "worker.js"],
      bundle: true,
      splitting: true,
      minify: true,
      format: "esm",
      outdir: "esbuild",
      logLevel: "error",
    });
    await copyFile(`${folder}/index.html`, `${folder}/esbuild/index.html`);
    return `${folder}/esbuild`;
  },

  /** Resolves packages by `module` and `main`, and knows no `exports` unless told. */
  async parcel(folder) {
    const options = [
      "--dist-dir",
      "parcel",
      "--public-url",
      "/app/",
      "--no-cache",
      "--cache-dir",
      "cache",
    ];
    await command(folder, bin("parcel"), "build", "index.html", ...options);
    return `${folder}/parcel`;
  },

  /** Bundles into one classic script, as widgets are often delivered. */
  async "esbuild, one script"(folder) {
    const outdir = `${folder}/script`;
    await esbuild({
      absWorkingDir: folder,
      entryPoints: ["main.js", "worker.js"],
      bundle: true,
      minify: true,
      format: "iife",
      // A classic script has no `import.meta.url`.
      define: { "import.meta.url": "document.baseURI" },
      outdir,
      logLevel: "error",
    });
    await mkdir(outdir, { recursive: true });
    await copyFile(`${folder}/index.html`, `${outdir}/index.html`);
    return outdir;
  },
};

/**
 * Bundles `tryPackage` of an entry of the package with Metro, which has no Web Workers.
 * Its versions before 0.82 knew no `exports`.
 */
export async function bundleWithMetro(folder, entry, { isAware }) {
  const outdir = `${folder}/metro`;
  await mkdir(outdir, { recursive: true });
  const script = `
    import { tryPackage } from "${entry === "chat-sessions" ? "./try_package.js" : "./try_static.js"}";
    globalThis.tried = tryPackage(Object.fromEntries(new URLSearchParams(location.search)));
    globalThis.triedInWorker = globalThis.tried;`;
  await writeFile(`${folder}/metro_main.js`, script);
  const options = await metro.loadConfig(
    { cwd: folder, resetCache: true },
    {
      projectRoot: folder,
      reporter: { update() {} },
      resolver: { unstable_enablePackageExports: isAware, useWatchman: false },
      // Metro's own runtime is installed beside this file.
      watchFolders: [folder, fileURLToPath(new URL("node_modules", import.meta.url))],
      transformer: {
        getTransformOptions: async () => ({ transform: { experimentalImportSupport: true } }),
      },
    },
  );
  await metro.runBuild(options, {
    entry: "metro_main.js",
    out: `${outdir}/main.js`,
    dev: false,
    platform: "web",
  });
  await copyFile(`${folder}/index.html`, `${outdir}/index.html`);
  return outdir;
}
