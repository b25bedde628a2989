import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

type Content = string | Uint8Array;

/**
 * Makes a file that only its owner reads, unless it is there: whole and synced, or not at all, since
 * what is there is never made again. Where two makers meet, the later one fails with EEXIST.
 */
export function secret(path: string, content: () => Content): void {
  if (existsSync(path)) return;
  writeBeside(path, content(), (fresh) => linkSync(fresh, path));
}

/** Puts a file that only its owner reads in place of another: a reader finds one of them, whole. */
export function replaceSecret(path: string, content: Content): void {
  writeBeside(path, content, (fresh) => renameSync(fresh, path));
}

function writeBeside(path: string, content: Content, place: (fresh: string) => void): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomBytes(4).toString("hex")}.new`;
  try {
    writeFileSync(fresh, content, { mode: 0o600, flag: "wx", flush: true });
    // It belongs to whom its folder belongs to; never through a link that somebody put in the way.
    const { uid, gid } = statSync(folder);
    if (process.getuid?.() === 0) lchownSync(fresh, uid, gid);
    place(fresh);
  } finally {
    rmSync(fresh, { force: true });
  }
  for (const each of [folder, dirname(folder)]) syncFolder(each);
}

/** A name is on disk once its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
