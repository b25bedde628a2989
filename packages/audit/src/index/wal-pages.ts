import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";

/** A page as the write-ahead log has it. */
export interface WalPage {
  /** From 1. */
  readonly page: number;
  /** CRC-32 of its content. */
  readonly sum: number;
}

/** The page size of the index's database. */
export const PAGE_BYTES = 4096;

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES;
/** Checksums over little-endian words: what SQLite writes on every machine that Node runs on here. */
const MAGIC = 0x377f0682;

/**
 * The committed pages in a write-ahead log, in order; a later one takes the place of an earlier
 * (SQLite file format, "The Write-Ahead Log"). Ends where SQLite would: at the first frame whose
 * salt or checksum is not that of this log.
 */
export function* walPages(path: string): Generator<WalPage> {
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return;
    if (header.readUInt32BE(0) !== MAGIC) return;
    const sums = new WalChecksum();
    sums.add(header.subarray(0, 24));
    if (!sums.equals(header, 24)) return;
    yield* committed(file, header.subarray(16, 24), sums);
  } finally {
    closeSync(file);
  }
}

function* committed(file: number, salt: Buffer, sums: WalChecksum): Generator<WalPage> {
  const frame = Buffer.alloc(FRAME_BYTES);
  let pending: WalPage[] = [];
  for (let at = HEADER_BYTES; ; at += FRAME_BYTES) {
    if (readSync(file, frame, 0, FRAME_BYTES, at) < FRAME_BYTES) return;
    if (!frame.subarray(8, 16).equals(salt)) return;
    sums.add(frame.subarray(0, 8));
    sums.add(frame.subarray(FRAME_HEADER_BYTES));
    if (!sums.equals(frame, 16)) return;
    pending.push({ page: frame.readUInt32BE(0), sum: crc32(frame.subarray(FRAME_HEADER_BYTES)) });
    const endsTransaction = frame.readUInt32BE(4) !== 0;
    if (!endsTransaction) continue;
    yield* pending;
    pending = [];
  }
}

/** The running checksum of a write-ahead log. */
class WalChecksum {
  #first = 0;
  #second = 0;

  /** Takes a multiple of 8 bytes. */
  add(bytes: Buffer): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < bytes.length; at += 8) {
      this.#first = (this.#first + view.getUint32(at, true) + this.#second) >>> 0;
      this.#second = (this.#second + view.getUint32(at + 4, true) + this.#first) >>> 0;
    }
  }

  equals(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#first && bytes.readUInt32BE(at + 4) === this.#second;
  }
}
