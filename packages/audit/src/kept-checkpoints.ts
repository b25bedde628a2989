import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatTilePath, TILE_WIDTH } from "@writ/tlog/tile-path";
import type { KeptCheckpoints } from "./witness/kept.ts";

const FOLDER = /^x(\d{3})$/;
const FILE = /^(\d{3})$/;

/**
 * The checkpoints kept in a folder: a file for each size, its number in groups of three digits as
 * C2SP tile paths write them, so that no directory grows past 2,000 names. Files are put in place
 * whole; none is synced, because what is lost at a power failure can be collected again. A folder
 * that is not there keeps nothing.
 */
export function openKeptCheckpoints(directory: string): KeptCheckpoints {
  let written = 0;
  return {
    read(size) {
      try {
        return readFileSync(join(directory, pathOf(size)));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    keep(size, note) {
      const final = join(directory, pathOf(size));
      const fresh = `${final}.${process.pid}.${written++}.new`;
      mkdirSync(dirname(final), { recursive: true, mode: 0o700 });
      writeFileSync(fresh, note, { mode: 0o600, flag: "wx" });
      renameSync(fresh, final);
    },
    *newestFirst() {
      // More digits, more folders deep: the deepest hold the largest.
      for (let depth = MOST_DEPTH; depth >= 0; depth--) yield* sizesIn(directory, depth, "");
    },
  };
}

/** Folders above the file of the largest size, 2^53 − 1: sixteen digits in groups of three. */
const MOST_DEPTH = 5;

function pathOf(size: number): string {
  const path = formatTilePath({ level: 0, index: size, width: TILE_WIDTH });
  return path.slice("tile/0/".length);
}

function* sizesIn(directory: string, depth: number, digits: string): Generator<number> {
  const form = depth === 0 ? FILE : FOLDER;
  const names = namesIn(directory)
    .map((name) => [name, form.exec(name)?.[1]] as const)
    .sort(([a], [b]) => (a < b ? 1 : -1));
  for (const [name, group] of names) {
    if (group === undefined) continue;
    // A group of zeroes in front is no size's: nothing of ours is there.
    if (digits === "" && depth > 0 && Number(group) === 0) continue;
    if (depth > 0) yield* sizesIn(join(directory, name), depth - 1, digits + group);
    else yield Number(digits + group);
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}
