// Makes what is published of each package: plain JavaScript and its types, packed by npm.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { buildConsole } from "./console.mjs";
import { type Emitted, emit } from "./packing/emit.ts";
import { isPage, type Manifest, pageManifest, publishedManifest } from "./packing/manifest.ts";
import { reachedFiles } from "./packing/reached.ts";
import { root } from "./root.ts";

const [out, ...rest] = process.argv.slice(2);
if (out === undefined || rest.length > 0) {
  process.stderr.write(
    "usage: node scripts/pack.ts OUT    writes a tarball of every package to OUT\n",
  );
  process.exit(2);
}

const staging = mkdtempSync(join(tmpdir(), "writ-pack-"));
try {
  const emitted = emit(staging);
  const names = globSync("*/package.json", { cwd: join(root, "packages") })
    .map(dirname)
    .sort();
  const folders: string[] = [];
  for (const name of names) folders.push(await stage(name, emitted));
  mkdirSync(out, { recursive: true });
  pack(folders, resolve(out));
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** Lays a package out as it is published; gives its folder. */
async function stage(name: string, emitted: Emitted): Promise<string> {
  const from = join(root, "packages", name);
  const folder = join(staging, "packages", name);
  const manifest = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as Manifest;
  if (isPage(manifest)) return stagePage(folder, manifest);
  const bins = Object.fromEntries(
    Object.values(manifest.bin ?? {}).map((path) => [path, readFileSync(join(from, path), "utf8")]),
  );
  const { text, copied } = reachedFiles(name, manifest, bins, emitted);
  for (const [path, content] of text) write(join(folder, path), content);
  for (const [path, source] of copied) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(root, source), join(folder, path));
  }
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  const files = ["dist", ...new Set(Object.keys(bins).map(dirname))];
  write(
    join(folder, "package.json"),
    `${JSON.stringify(publishedManifest(manifest, files), null, 2)}\n`,
  );
  return folder;
}

async function stagePage(folder: string, manifest: Manifest): Promise<string> {
  mkdirSync(folder, { recursive: true });
  await buildConsole(join(folder, "dist"));
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  write(join(folder, "package.json"), `${JSON.stringify(pageManifest(manifest), null, 2)}\n`);
  return folder;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** `npm pack` decides what goes in, as it would when publishing. It needs no network. */
function pack(folders: readonly string[], destination: string): void {
  const flags = ["--pack-destination", destination, "--offline", "--loglevel=error"];
  const run = spawnSync("npm", ["pack", ...folders, ...flags], {
    cwd: staging,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (run.status !== 0) throw new Error(`npm pack failed: ${run.error ?? run.stderr}`);
  process.stdout.write(run.stdout);
}
