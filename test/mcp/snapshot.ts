import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * All that can be seen of a tree without following a link: for each name its kind, mode, inode, links,
 * size, times of change, and the digest of its bytes or the target of the link. Times of access are
 * left out: reading is allowed.
 */
export function snapshot(folder: string): Readonly<Record<string, string>> {
  const seen: Record<string, string> = {};
  const look = (path: string, name: string): void => {
    const stat = lstatSync(path, { bigint: true });
    const { mode, ino, nlink, size, mtimeNs, ctimeNs } = stat;
    seen[name] = [mode, ino, nlink, size, mtimeNs, ctimeNs, held(path, stat)].join(" ");
    if (!stat.isDirectory()) return;
    for (const entry of readdirSync(path).sort()) look(join(path, entry), `${name}/${entry}`);
  };
  look(folder, ".");
  return seen;
}

function held(path: string, stat: { isFile(): boolean; isSymbolicLink(): boolean }): string {
  if (stat.isSymbolicLink()) return readlinkSync(path);
  return stat.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
}
