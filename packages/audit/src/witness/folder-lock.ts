import { chmodSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;

/**
 * Takes `directory`, which exists and holds nothing else, for this process alone; gives the release,
 * or `undefined` if another process has it. SQLite's exclusive lock is the system's: it ends with
 * the process, even by kill -9. Opening the lock file in any other way loses it silently (POSIX
 * `fcntl` locks), so nothing else may look at it.
 */
export function lockFolder(directory: string): (() => void) | undefined {
  const path = join(directory, "lock");
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    // By path, never by a handle of our own: closing one would drop the lock.
    chmodSync(path, 0o600);
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) {
      return undefined;
    }
    throw error;
  }
  return () => database.close();
}
