// Bundles the launcher: /widget.js, and what it loads when it is opened, with the words of
// one language. Its style sheets are text in them, because a shadow tree adopts them from
// JavaScript.

import { readFile, writeFile } from "node:fs/promises";
import { build, transform } from "esbuild";
import { words } from "../www/widget/words.js";
import { root } from "./wrangler.mjs";

/** @type {import("esbuild").Plugin} */
const embeddedStyles = {
  name: "embedded-styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    }),
};

await build({
  entryPoints: {
    widget: `${root}www/widget/index.js`,
    "widget-panel": `${root}www/widget/panel.js`,
  },
  outdir: `${root}build/site`,
  bundle: true,
  minify: true,
  format: "esm",
  charset: "utf8",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  plugins: [embeddedStyles],
});

for (const [language, table] of Object.entries(words)) {
  const source = `export default ${JSON.stringify(table)};\n`;
  await writeFile(`${root}build/site/widget-words-${language}.js`, source);
}
