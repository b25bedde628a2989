import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { crc32 } from "node:zlib";
import { PAGE_BYTES, walPages } from "./wal-pages.ts";

/**
 * A checksum for each page of the database, in a file beside it. SQLite notices a page that is no
 * page, but not a digit that has changed within one; an index that misses an event or shows another
 * must not be believed, so every page is compared when the index is opened.
 *
 * The rule that keeps this true through a crash: checksums are written durably from the write-ahead
 * log *before* its pages are copied into the database. So at any moment each page is either in the
 * write-ahead log, which has checksums of its own, or as its checksum here says.
 */
export class PageSums {
  readonly #file: string;
  #sums: Uint32Array;
  #pages: number;

  private constructor(file: string, sums: Uint32Array) {
    this.#file = file;
    this.#sums = sums;
    this.#pages = sums.length;
  }

  /** None yet, for a database that is being made. */
  static none(file: string): PageSums {
    return new PageSums(file, new Uint32Array(0));
  }

  /** As they were written last; `undefined` if they are not there or not whole. */
  static read(file: string): PageSums | undefined {
    if (!existsSync(file)) return undefined;
    const bytes = readFileSync(file);
    const end = bytes.length - SUM_BYTES;
    const isForm = end >= MAGIC.length && end % SUM_BYTES === 0 && bytes.indexOf(MAGIC) === 0;
    if (!isForm || crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) return undefined;
    const sums = new Uint32Array((end - MAGIC.length) / SUM_BYTES);
    for (let page = 0; page < sums.length; page++) {
      sums[page] = bytes.readUInt32BE(MAGIC.length + SUM_BYTES * page);
    }
    return new PageSums(file, sums);
  }

  /** Takes over the pages that the write-ahead log at `wal` holds, and writes all sums durably. */
  follow(wal: string): void {
    for (const { page, sum } of walPages(wal)) this.#set(page, sum);
    const bytes = Buffer.alloc(MAGIC.length + SUM_BYTES * (this.#pages + 1));
    bytes.set(MAGIC);
    for (let page = 0; page < this.#pages; page++) {
      bytes.writeUInt32BE(this.#sums[page] ?? 0, MAGIC.length + SUM_BYTES * page);
    }
    const end = bytes.length - SUM_BYTES;
    bytes.writeUInt32BE(crc32(bytes.subarray(0, end)), end);
    writeDurably(this.#file, bytes);
  }

  /** Whether every page of `database` that is not in the write-ahead log is as it was written. */
  match(database: string, wal: string): boolean {
    const newer = new Set<number>();
    for (const { page } of walPages(wal)) newer.add(page);
    const pages = Math.ceil(statSync(database).size / PAGE_BYTES);
    for (let page = pages + 1; page <= this.#pages; page++) if (!newer.has(page)) return false;
    let page = 0;
    for (const content of pagesOf(database)) {
      page += 1;
      if (newer.has(page)) continue;
      if (page > this.#pages || content.length !== PAGE_BYTES) return false;
      if (crc32(content) !== this.#sums[page - 1]) return false;
    }
    return true;
  }

  #set(page: number, sum: number): void {
    if (page > this.#sums.length) {
      const wider = new Uint32Array(Math.max(page, 2 * this.#sums.length));
      wider.set(this.#sums);
      this.#sums = wider;
    }
    this.#sums[page - 1] = sum;
    this.#pages = Math.max(this.#pages, page);
  }
}

const SUM_BYTES = 4;
const MAGIC = Buffer.from("writsum1");
const READ_PAGES = 256;

/** The pages of a file in order; the last may be cut short. Each is good until the next. */
function* pagesOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(READ_PAGES * PAGE_BYTES);
    for (;;) {
      const got = readSync(file, buffer);
      if (got === 0) return;
      for (let at = 0; at < got; at += PAGE_BYTES) {
        yield buffer.subarray(at, Math.min(at + PAGE_BYTES, got));
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Node's permission model, under which the audit runs, lets no file be synced by its descriptor. */
const SYNCED = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_SYNC;

function writeDurably(path: string, bytes: Uint8Array): void {
  const fresh = `${path}.new`;
  const file = openSync(fresh, SYNCED, 0o600);
  try {
    writeSync(file, bytes);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
}
