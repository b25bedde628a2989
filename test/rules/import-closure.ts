import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "../root.ts";

/** Files of the workspace that a module needs when it runs, itself included, relative to the root. */
export function importClosure(entries: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = entries.map((path) => join(root, path));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const name = relative(root, path);
    if (found.has(name)) continue;
    found.add(name);
    for (const specifier of runtimeImports(readFileSync(path, "utf8"))) {
      const target = fileOf(specifier, path);
      if (target !== undefined) open.push(target);
    }
  }
  return found;
}

/** Specifiers that remain when types are stripped. */
function runtimeImports(text: string): string[] {
  const forms =
    /(?:^|[\n;}])\s*(?:import|export)\s(?!type\b)[^"';]*?from\s*["']([^"']+)["']|(?:^|[\n;])\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(forms)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** The file that a specifier means; undefined for what is not of the workspace. */
function fileOf(specifier: string, from: string): string | undefined {
  if (specifier.startsWith(".")) return join(dirname(from), specifier);
  const [scope, name = "", ...rest] = specifier.split("/");
  if (scope === "@writ") return exportedFile(join(root, "packages", name), rest);
  return specifier.startsWith("#") ? internalFile(specifier, from) : undefined;
}

function exportedFile(folder: string, rest: readonly string[]): string {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const subpath = [".", ...rest].join("/");
  const target: unknown = exports[subpath];
  if (typeof target !== "string") throw new Error(`${folder} exports no ${subpath}`);
  return join(folder, target);
}

/** Node's own variant of a conditional import. */
function internalFile(specifier: string, from: string): string {
  let folder = dirname(from);
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  const { imports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, imports[specifier].default);
}
