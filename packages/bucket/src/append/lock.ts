import { chmodSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OpenRefused } from "./open-refused.ts";

const SQLITE_BUSY = 5;

/**
 * Takes `directory` for this process alone; gives the release. SQLite's exclusive lock is a byte
 * range lock of the system: it ends with the process, even by kill -9, and a reused process number
 * means nothing to it.
 *
 * The directory must exist and hold nothing but this lock: a process that opens and closes the lock file in
 * any other way loses the lock without being told (POSIX `fcntl` locks).
 *
 * Throws `OpenRefused` (BUCKET_LOCKED) if another holds it.
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, "lock");
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    // By path, never by a handle of our own: closing one would drop the lock.
    chmodSync(path, 0o600);
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new OpenRefused(
      "BUCKET_LOCKED",
      `another process holds ${directory}: it writes to this Bucket, or to another one with the same guard; there is one writer a log, so stop that one first`,
    );
  }
  return () => database.close();
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}
