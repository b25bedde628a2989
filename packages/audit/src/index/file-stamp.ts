import { type BigIntStats, statSync } from "node:fs";

/** The database was changed, cut, replaced or removed by someone else while it was open. */
export class IndexTouched extends Error {
  override readonly name = "IndexTouched";
  readonly code = "INDEX_TOUCHED";

  constructor() {
    super("the database of the index was changed from outside");
  }
}

/** The database is being written for so long that an answer cannot be told from a wrong one. */
export class IndexBusy extends Error {
  override readonly name = "IndexBusy";
  readonly code = "INDEX_BUSY";

  constructor() {
    super("the index is being written");
  }
}

const CELLS = 8;
const VERSION = 0;
const OPENED = 1;
const DATABASE = 2;
const LOG = 5;

/** An answer waits so long for pages to be written, in milliseconds. */
const PATIENCE_MS = 2000;

/**
 * How the database and its write-ahead log were left by the one thread that writes them: file,
 * length and time of change, shared with those that read. SQLite believes what is in the file, and
 * checksums are compared only when it is opened; so an answer counts only if the files are still as
 * they were left, looked at after it was found.
 */
export class FileStamp {
  /** To hand to another thread. */
  readonly shared: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(8 * CELLS)) {
    this.shared = shared;
    this.#cells = new BigInt64Array(shared);
  }

  /** Number of the database that is open; each that is opened has the next. */
  get opened(): bigint {
    return Atomics.load(this.#cells, OPENED);
  }

  /** From here until `left`, the database may be anything. */
  take(isOther: boolean): void {
    if (Atomics.load(this.#cells, VERSION) % 2n === 0n) Atomics.add(this.#cells, VERSION, 1n);
    if (isOther) Atomics.add(this.#cells, OPENED, 1n);
  }

  left(database: string, log: string): void {
    this.#store(DATABASE, database);
    this.#store(LOG, log);
    Atomics.add(this.#cells, VERSION, 1n);
    Atomics.notify(this.#cells, VERSION);
  }

  /** From here until `logLeft`, the write-ahead log may be anything, while the database stays as it was. */
  takeLog(): void {
    Atomics.store(this.#cells, LOG, UNSETTLED);
  }

  logLeft(log: string): void {
    this.#store(LOG, log);
  }

  /**
   * Throws IndexTouched unless the files are as they were left and are still those that were
   * `opened`; IndexBusy if they are in hand for too long.
   */
  requireUntouched(database: string, log: string, opened: bigint): void {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const version = Atomics.load(this.#cells, VERSION);
      if (version % 2n !== 0n) {
        const left = deadline - performance.now();
        if (left <= 0) throw new IndexBusy();
        Atomics.wait(this.#cells, VERSION, version, left);
        continue;
      }
      const isSame = this.#isLeft(DATABASE, database) && this.#isLogLeft(log);
      if (Atomics.load(this.#cells, VERSION) !== version) continue;
      if (!isSame || this.opened !== opened) throw new IndexTouched();
      return;
    }
  }

  /** Two looks: between reading the cells and the file, the log may have been written and left again. */
  #isLogLeft(path: string): boolean {
    for (;;) {
      const before = this.#read(LOG);
      if (before[0] === UNSETTLED) return true;
      const found = stampOf(path);
      if (this.#read(LOG).some((cell, at) => cell !== before[at])) continue;
      return found.every((cell, at) => cell === before[at]);
    }
  }

  #isLeft(place: number, path: string): boolean {
    const found = stampOf(path);
    return this.#read(place).every((cell, at) => cell === found[at]);
  }

  #read(place: number): Stamp {
    const cell = (at: number): bigint => Atomics.load(this.#cells, place + at);
    return [cell(0), cell(1), cell(2)];
  }

  /** The number of the file last: until then, a log is unsettled. */
  #store(place: number, path: string): void {
    const [file, size, time] = stampOf(path);
    Atomics.store(this.#cells, place + 1, size);
    Atomics.store(this.#cells, place + 2, time);
    Atomics.store(this.#cells, place, file);
  }
}

type Stamp = readonly [file: bigint, size: bigint, time: bigint];

const UNSETTLED = -2n;
const MISSING: Stamp = [-1n, 0n, 0n];

/** Not the time of its status: a link or another owner changes no content. */
function stampOf(path: string): Stamp {
  const found: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? MISSING : [found.ino, found.size, found.mtimeNs];
}
