import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
} from "node:fs";
import { join } from "node:path";

/** What a directory entry is. `other` is whatever a Bucket never makes: a link, a socket, a device. */
export type EntryKind = "file" | "folder" | "other";

export interface FolderEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** One file opened for reading, and for nothing else. */
export interface OpenFile {
  /** Bytes in the file at this moment; a log segment grows while its Bucket runs. */
  size(): number;
  /** Fills `into` from `at` on; returns how many bytes were there to read. */
  read(at: number, into: Uint8Array): number;
  close(): void;
}

/**
 * A read-only view of one Bucket folder. Paths are relative to it, with `/` between parts.
 * Everything that reads a Bucket goes through this interface, so that a checker can be given the
 * same folder with one byte changed.
 */
export interface Folder {
  /** Entries sorted by name; empty if the folder does not exist. */
  list(path: string): readonly FolderEntry[];
  /** The open file, or `undefined` if there is none of that name. Links are not followed. */
  open(path: string): OpenFile | undefined;
  /** Lets a writer that is in the middle of a write get on with it. */
  pause(milliseconds: number): void;
}

/** The folder at `root` on disk. */
export function diskFolder(root: string): Folder {
  return {
    list: (path) => listEntries(join(root, path)),
    open: (path) => openForReading(join(root, path)),
    pause: (milliseconds) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    },
  };
}

/** The folder `path` within another. */
export function within(folder: Folder, path: string): Folder {
  return {
    list: (below) => folder.list(below === "" ? path : `${path}/${below}`),
    open: (below) => folder.open(`${path}/${below}`),
    pause: folder.pause,
  };
}

/** The whole of a small file, or `undefined` if there is none. Throws `TooLarge` beyond `limit` bytes. */
export function readWhole(folder: Folder, path: string, limit: number): Uint8Array | undefined {
  const file = folder.open(path);
  if (file === undefined) return undefined;
  try {
    const size = file.size();
    if (size > limit) throw new TooLarge(path, size, limit);
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, file.read(0, bytes));
  } finally {
    file.close();
  }
}

/** A file is larger than anything a Bucket writes there: it was not read. */
export class TooLarge extends Error {
  readonly code = "TOO_LARGE";

  constructor(path: string, size: number, limit: number) {
    super(`${path} has ${size} bytes, a Bucket writes at most ${limit} there`);
    this.name = "TooLarge";
  }
}

function listEntries(path: string): FolderEntry[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries
      .map((entry): FolderEntry => ({ name: entry.name, kind: kindOf(entry) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): EntryKind {
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "folder" : "other";
}

// O_NONBLOCK: a FIFO planted in the folder would otherwise hang the reader at open.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function openForReading(path: string): OpenFile | undefined {
  let descriptor: number;
  try {
    if (!lstatSync(path).isFile()) return undefined;
    descriptor = openSync(path, FLAGS);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return {
    size: () => fstatSync(descriptor).size,
    read: (at, into) => readFully(descriptor, at, into),
    close: () => closeSync(descriptor),
  };
}

function readFully(descriptor: number, at: number, into: Uint8Array): number {
  let done = 0;
  while (done < into.length) {
    const got = readSync(descriptor, into, done, into.length - done, at + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}
