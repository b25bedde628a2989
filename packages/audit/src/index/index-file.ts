import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FileStamp } from "./file-stamp.ts";
import { PageSums } from "./page-sums.ts";
import { createTables, isOurs } from "./schema.ts";
import { PAGE_BYTES } from "./wal-pages.ts";

/** Another process keeps this index; two would undo each other's work. */
export class IndexLocked extends Error {
  override readonly name = "IndexLocked";
  readonly code = "INDEX_LOCKED";

  constructor(directory: string) {
    super(`another process keeps the index in ${directory}; stop it, or give another data folder`);
  }
}

/** Path of the index's database in its folder. */
export function databasePath(directory: string): string {
  return join(directory, "events.db");
}

/** Path of its write-ahead log. */
export function walPath(database: string): string {
  return `${database}-wal`;
}

/** Once the write-ahead log is this long, its pages go into the database. */
const WAL_BYTES = 16 * 1024 * 1024;

/**
 * The index's database, opened for writing by the one process that keeps it. Whatever it holds can
 * be made again from the log, so what is not whole, of another version or half made is thrown away
 * and begun anew, never repaired.
 */
export class IndexFile {
  readonly database: DatabaseSync;
  /** Why what was there is not used: it was not there, or this was wrong with it. */
  readonly begunAnew: "missing" | "damaged" | "foreign" | undefined;
  readonly #path: string;
  readonly #lock: DatabaseSync;
  readonly #stamp: FileStamp;
  readonly #opened: bigint;
  #sums: PageSums;

  private constructor(parts: {
    database: DatabaseSync;
    path: string;
    lock: DatabaseSync;
    stamp: FileStamp;
    sums: PageSums;
    begunAnew: IndexFile["begunAnew"];
  }) {
    this.database = parts.database;
    this.begunAnew = parts.begunAnew;
    this.#path = parts.path;
    this.#lock = parts.lock;
    this.#stamp = parts.stamp;
    this.#opened = parts.stamp.opened;
    this.#sums = parts.sums;
  }

  /**
   * Opens the index in `directory`, making it if need be; `stamp` is for those that read it beside.
   * Throws IndexLocked or the system's error.
   */
  static open(directory: string, stamp: FileStamp = new FileStamp()): IndexFile {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const lock = takeLock(directory);
    try {
      stamp.take(true);
      const path = databasePath(directory);
      const file = IndexFile.#openLocked(path, lock, stamp);
      stamp.left(path, walPath(path));
      return file;
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  static #openLocked(path: string, lock: DatabaseSync, stamp: FileStamp): IndexFile {
    // Left by a process that was killed: SQLite would take a page's place from it unchecked.
    rmSync(`${path}-shm`, { force: true });
    const found = openWhole(path);
    if (typeof found === "object")
      return new IndexFile({ ...found, path, lock, stamp, begunAnew: undefined });
    discard(path);
    const database = openDatabase(path);
    createTables(database);
    const made = new IndexFile({
      database,
      path,
      lock,
      stamp,
      sums: PageSums.none(sumsPath(path)),
      begunAnew: found,
    });
    made.#copyPages();
    return made;
  }

  /** Moves what was committed into the database if there is much of it. */
  sealIfLong(): void {
    const length = statSync(walPath(this.#path), { throwIfNoEntry: false })?.size ?? 0;
    if (length >= WAL_BYTES) this.seal();
  }

  /** A reader in the middle of a question puts it off. */
  seal(): void {
    this.#stamp.take(false);
    try {
      this.#copyPages();
    } finally {
      this.#stamp.left(this.#path, walPath(this.#path));
    }
  }

  /** Throws IndexTouched if someone else has changed the files since this process did. */
  requireUntouched(): void {
    this.#stamp.requireUntouched(this.#path, walPath(this.#path), this.#opened);
  }

  /** Writes to the database: what is committed goes to the write-ahead log. */
  write<T>(work: () => T): T {
    this.#stamp.takeLog();
    try {
      return work();
    } finally {
      this.#stamp.logLeft(walPath(this.#path));
    }
  }

  /** Checksums first, then pages: see PageSums. */
  #copyPages(): void {
    this.#sums.follow(walPath(this.#path));
    this.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  close(): void {
    this.seal();
    this.database.close();
    this.#lock.close();
  }

  /** Closes and removes the database: it turned out to be wrong. */
  discard(): void {
    this.#stamp.take(true);
    this.database.close();
    discard(this.#path);
    this.#lock.close();
  }
}

function openWhole(
  path: string,
): { database: DatabaseSync; sums: PageSums } | NonNullable<IndexFile["begunAnew"]> {
  if (!existsSync(path)) return "missing";
  const sums = PageSums.read(sumsPath(path));
  if (sums?.match(path, walPath(path)) !== true) return "damaged";
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path);
    if (isOurs(database)) return { database, sums };
  } catch (error) {
    if (!isOfSqlite(error)) throw error;
    database?.close();
    return "damaged";
  }
  database.close();
  return "foreign";
}

function openDatabase(path: string): DatabaseSync {
  // SQLite gives the files beside it the same mode.
  closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path);
  // No checkpoint but ours: the checksums come first.
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL;
PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;
PRAGMA temp_store = MEMORY;`);
  return database;
}

/** Held until closed or the process ends, however it ends. */
function takeLock(directory: string): DatabaseSync {
  const lock = new DatabaseSync(join(directory, "owner.lock"), { timeout: 0 });
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (isOfSqlite(error) && error.errcode === SQLITE_BUSY) throw new IndexLocked(directory);
    throw error;
  }
}

const SQLITE_BUSY = 5;

/** Results of SQLite that mean that the database is not what was written: ERROR, CORRUPT, CONSTRAINT, NOTADB. */
const DAMAGE: ReadonlySet<number> = new Set([1, 11, 19, 26]);

/** Whether the database is wrong; else it is only hard to get at: busy, a full or failing disk. */
export function isDamage(error: { readonly errcode: number }): boolean {
  return DAMAGE.has(error.errcode & 0xff);
}

/** Whether SQLite says so. */
export function isOfSqlite(error: unknown): error is Error & { readonly errcode: number } {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "ERR_SQLITE_ERROR" &&
    "errcode" in error
  );
}

function discard(path: string): void {
  for (const file of [sumsPath(path), path, walPath(path), `${path}-shm`])
    rmSync(file, { force: true });
}

function sumsPath(path: string): string {
  return `${path}.sums`;
}
