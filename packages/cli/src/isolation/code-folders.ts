import { dirname, join, sep } from "node:path";

/**
 * The folders that this program's code comes from: the `node_modules` that it is installed in, or a
 * clone's `packages` and `node_modules`. Never a folder that somebody may keep data in.
 */
export function codeFolders(here: string = import.meta.dirname): readonly string[] {
  const segments = here.split(sep);
  const at = segments.indexOf("node_modules");
  if (at !== -1) return [segments.slice(0, at + 1).join(sep)];
  // isolation → src → cli → packages.
  const packages = dirname(dirname(dirname(here)));
  return [packages, join(dirname(packages), "node_modules")];
}
