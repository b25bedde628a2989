import { readFileSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** The counter file is unreadable or holds something else than a count; nothing may be guessed. */
export class EpochUnusable extends Error {
  readonly code: "EPOCH_UNUSABLE" = "EPOCH_UNUSABLE";
}

/**
 * Raises the count in `path` by one and returns it once it is on disk: file, then directory.
 * Every connection to a Bucket takes a new epoch, so no two attempts ever share a decision id, even
 * when the process was killed between them. One process per file, one call at a time; the caller
 * holds the key beside it.
 *
 * By file handles, whose syncs are the only ones that Node's permission model lets through.
 */
export async function raiseEpoch(path: string): Promise<number> {
  const next = lastEpoch(path) + 1;
  const fresh = `${path}.new`;
  await withOpen(await open(fresh, "w", 0o600), async (file) => {
    await file.write(`${next}\n`);
    await file.datasync();
  });
  await rename(fresh, path);
  await withOpen(await open(dirname(path), "r"), (directory) => directory.sync());
  return next;
}

async function withOpen(
  file: FileHandle,
  work: (file: FileHandle) => Promise<void>,
): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

function lastEpoch(path: string): number {
  const text = readCounter(path);
  const count = Number(text.trim());
  if (!/^(0|[1-9]\d{0,14})\n$/.test(text) || !Number.isSafeInteger(count)) {
    throw new EpochUnusable(
      `${path} must hold one whole number and a newline; restore it, or give this gateway a new key`,
    );
  }
  return count;
}

function readCounter(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    // A counter begun anew would give old decision ids to new attempts.
    throw new EpochUnusable(
      `${path} cannot be read (${error instanceof Error ? error.message : error}); restore it, or give this gateway a new key`,
    );
  }
}
