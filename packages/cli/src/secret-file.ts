import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { OperatorError } from "./operator-error.ts";

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

/** How long a change waits for another's to be over, and between two looks whether it is. */
const PATIENCE_MS = 2_000;
const LOOK_EVERY_MS = 20;

/**
 * Changes a file of lines that only its owner reads; `edit` gets what is in it, "" where there is
 * none, and gives what is to be in it. A reader finds the old text or the new, whole. The new one is
 * on disk when this resolves: a key that was revoked stays so over a loss of power. If `edit` throws,
 * nothing has changed.
 *
 * Changes come one after another, for each reads what the last one wrote: the next text is written to
 * `path`.new, which one process alone can make. Whether one that is there is still anybody's cannot
 * be known for certain, so one that a killed process left is named for the operator to remove.
 */
export async function changeSecret<T extends { readonly text: string }>(
  path: string,
  edit: (text: string) => T,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const fresh = `${path}.new`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = await makeAlone(fresh, patienceMs);
  let isPlaced = false;
  try {
    const changed = edit(textOf(path));
    writeFileSync(file, changed.text);
    giveToOwnerOf(dirname(path), fresh);
    fsyncSync(file);
    renameSync(fresh, path);
    // From here on another change may have one of that name.
    isPlaced = true;
    syncNames(path);
    return changed;
  } finally {
    closeSync(file);
    if (!isPlaced) rmSync(fresh, { force: true });
  }
}

/** Fails where anything is there, be it a link. */
async function makeAlone(path: string, patienceMs: number): Promise<number> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return openSync(path, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (performance.now() > until) {
      throw new OperatorError(
        `${path} is there: another change is under way, or one was cut off; if none is, remove it and try again`,
      );
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** Never through a link, by which somebody else's folder could lead root anywhere. */
function textOf(path: string): string {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "";
    if (code === "ELOOP") throw new OperatorError(`${path} is a link: put the file itself there`);
    throw error;
  }
  try {
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function writeBeside(path: string, content: Content, place: (fresh: string) => void): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomBytes(4).toString("hex")}.new`;
  try {
    writeFileSync(fresh, content, { mode: 0o600, flag: "wx", flush: true });
    giveToOwnerOf(folder, fresh);
    place(fresh);
  } finally {
    rmSync(fresh, { force: true });
  }
  syncNames(path);
}

/** What root makes in a folder is its owner's; never through a link that somebody put in the way. */
function giveToOwnerOf(folder: string, path: string): void {
  const { uid, gid } = statSync(folder);
  if (process.getuid?.() === 0) lchownSync(path, uid, gid);
}

/** Of the file, and of its folder, which may be new too. */
function syncNames(path: string): void {
  const folder = dirname(path);
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
