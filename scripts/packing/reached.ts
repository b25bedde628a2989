import { existsSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { root } from "../root.ts";
import type { Emitted } from "./emit.ts";
import { filesOf, type Manifest, moduleOf } from "./manifest.ts";

/** One file of a package as it is published, by its path in the package. */
export interface Staged {
  readonly text: Map<string, string>;
  /** Files of the repository that the code reads: path in the package → path in the repository. */
  readonly copied: Map<string, string>;
}

/** A relative path, or a file name, in quotes: of an import, a thread's code, a file to be read. */
const QUOTED = /(["'])((?:\.{1,2}\/)[\w./-]+|[\w-]+\.ts)\1/g;

/**
 * What a package needs of what was emitted: whatever its doors reach by a path in quotes, an import
 * or not, so that the code of its threads comes along and its tests do not. Paths of sources become
 * paths in `dist`; what the code reads from elsewhere in the repository is copied into `dist/files`.
 */
export function reachedFiles(
  name: string,
  manifest: Manifest,
  bins: Readonly<Record<string, string>>,
  emitted: Emitted,
): Staged {
  const staged: Staged = { text: new Map(), copied: new Map() };
  const queue = doorsOf(manifest);
  const follow = (path: string, text: string, suffix: string): string =>
    text.replace(QUOTED, (whole, quote: string, to: string) => {
      const found = resolved(name, path, to, emitted);
      if (found === undefined) return whole;
      const target = "module" in found ? `dist/${found.module}.js` : `dist/files/${found.asset}`;
      if ("module" in found) queue.push(`${found.module}${suffix}`);
      else staged.copied.set(target, found.from);
      const way = relative(dirname(path.replace(/^src\//, "dist/")), target);
      const isBare = !to.startsWith(".");
      return `${quote}${isBare || way.startsWith(".") ? way : `./${way}`}${quote}`;
    });
  for (const [path, text] of Object.entries(bins)) staged.text.set(path, follow(path, text, ".js"));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (staged.text.has(`dist/${file}`)) continue;
    const text = emitted.get(`${name}/src/${file}`);
    if (text === undefined) throw new Error(`${name}: nothing was made of ${file}`);
    staged.text.set(`dist/${file}`, "");
    staged.text.set(
      `dist/${file}`,
      follow(`src/${file}`, text, /(\.d\.ts|\.js)$/.exec(file)?.[0] ?? ""),
    );
  }
  return staged;
}

function doorsOf({ exports = {}, imports = {} }: Manifest): string[] {
  const doors = Object.values(exports).flatMap((target) => filesOf(target));
  const inner = Object.values(imports).flatMap((target) => filesOf(target));
  return [
    ...doors.flatMap(([condition, file]) => door(condition, file)),
    // Nobody but an export of it needs the declaration of a plain target.
    ...inner.flatMap(([condition, file]) => door(condition, file).slice(0, 1)),
  ];
}

function door(condition: string, file: string): string[] {
  const module = moduleOf(file);
  if (condition === "types") return [`${module}.d.ts`];
  return condition === "browser" ? [`${module}.js`] : [`${module}.js`, `${module}.d.ts`];
}

type Found = { readonly module: string } | { readonly asset: string; readonly from: string };

/** What a path in quotes names, if it names anything: a module of this package, or another file. */
function resolved(name: string, path: string, to: string, emitted: Emitted): Found | undefined {
  const source = normalize(join("packages", name, dirname(path), to));
  const inside = join("packages", name, "src");
  const module = relative(inside, source).replace(/\.(js|ts)$/, "");
  if (emitted.has(`${name}/src/${module}.js`)) return { module };
  if (!existsSync(join(root, source)) || !/\.\w+$/.test(to)) return undefined;
  const within = join("packages", name);
  if (source.startsWith(`${within}/`)) return undefined;
  return { asset: source.split("/").at(-1) ?? source, from: source };
}
