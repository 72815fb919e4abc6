// A user's project, with the packed package installed.

import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const run = promisify(execFile);

/**
 * Packs the package as it would be published, and installs it into a copy of `app/`.
 * Returns the folder; call `remove` when done.
 */
export async function newProject() {
  const folder = await mkdtemp(`${here}project-`);
  await cp(`${here}app`, folder, { recursive: true });
  const { stdout } = await npm(folder, "pack", "--silent", `${here}../../pkg`);
  await npm(folder, "install", "--offline", "--no-save", `./${stdout.trim()}`);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Returns the files of the package, as `npm publish` would send it. */
export async function publishedFiles() {
  const { stdout } = await npm(`${here}../../pkg`, "pack", "--dry-run", "--json");
  const [{ files }] = Object.values(JSON.parse(stdout));
  return files.map(({ path }) => path).sort();
}

/** Runs a program with arguments in a folder; rejects unless it succeeds. */
export function command(folder, file, ...args) {
  return run(file, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
}

/** Returns the path of a program that is installed beside this file. */
export function bin(name) {
  return `${here}node_modules/.bin/${name}`;
}

/** Returns the files of a folder and of its subfolders. */
export async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`);
}

function npm(folder, ...args) {
  return run("npm", args, { cwd: folder });
}
