// Bundlers, set up as in their introductions, without a plug-in or an option for our
// package. Each function bundles a folder and returns the folder to serve.

import { copyFile, mkdir } from "node:fs/promises";
import nodeResolve from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";

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
