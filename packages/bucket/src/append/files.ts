import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { lockDirectory } from "./lock.ts";

/**
 * Every call that the write side makes to a file system, one method a call, so that a test can fail
 * each of them. Paths are given as they go to the system. A failed call throws the system's error.
 *
 * Nothing survives a loss of power by itself: contents do after `sync`, `syncLater` or
 * `datasyncLater` of the handle, names (made, renamed, removed) after `syncDirectory` of the
 * directory they stand in. After a failed sync the contents may be lost although they still read
 * back, and a second sync may claim success.
 */
export interface Files {
  /**
   * Makes one directory: for its owner alone, unless the one that it is made in has the set-group-id
   * bit. That is how an operator lets another user read a Bucket: what is made in such a directory
   * may be read by its group. False if something of that name exists.
   */
  makeDirectory(path: string): boolean;
  /** Names in a directory, sorted; none if there is no such directory. */
  list(path: string): string[];
  /** Up to `length` bytes from `from` on, fewer at the file's end; `undefined` if there is no file. */
  read(path: string, from?: number, length?: number): Uint8Array | undefined;
  /** What a directory is, whatever path leads to it; `undefined` if none that we can reach. */
  identity(path: string): string | undefined;
  /** Makes a file for writing; who else may read it goes as for a directory. Throws if one exists. */
  create(path: string): number;
  /**
   * The same as `create`, without holding up the process: to make a name waits for the file system's
   * journal, which every sync keeps busy.
   */
  createLater(path: string): Promise<number>;
  /** Opens a file that exists for writing. */
  open(path: string): number;
  /** One write at `at`; says how many bytes were taken, which may be fewer than given. */
  write(handle: number, bytes: Uint8Array, at: number): number;
  truncate(handle: number, length: number): void;
  sync(handle: number): void;
  close(handle: number): void;
  /** Atomic; replaces what stands at `to`. */
  rename(from: string, to: string): void;
  /** Removes a file. False if there is none. */
  remove(path: string): boolean;
  /** Removes an empty directory. */
  removeDirectory(path: string): void;
  syncDirectory(path: string): void;
  /** The same as `sync`, without holding up the process. */
  syncLater(handle: number): Promise<void>;
  /** As `syncLater`, but for contents and length only. */
  datasyncLater(handle: number): Promise<void>;
  syncDirectoryLater(path: string): Promise<void>;
  /**
   * Takes a directory for this process alone, until released or until the process ends, however it
   * ends. Throws `OpenRefused` (BUCKET_LOCKED) if another has it.
   */
  lock(directory: string): () => void;
}

/** A write took fewer bytes than it was given: the disk is most likely full. */
export class ShortWrite extends Error {
  override readonly name = "ShortWrite";
  readonly code = "SHORT_WRITE";

  constructor(path: string, wrote: number, length: number) {
    super(`only ${wrote} of ${length} bytes were written to ${path}; free some space on that disk`);
  }
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** The file system of this machine. */
export const diskFiles: Files = {
  makeDirectory: (path) =>
    orIf("EEXIST", false, () => {
      mkdirSync(path, isShared(path) ? 0o750 : 0o700);
      return true;
    }),
  list: (path) => orIf("ENOENT", [], () => readdirSync(path).sort()),
  read: (path, from = 0, length = Number.POSITIVE_INFINITY) =>
    orIf("ENOENT", undefined, () => readRange(path, from, length)),
  identity: (path) => {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    return status === undefined ? undefined : `${status.dev}:${status.ino}`;
  },
  create: (path) => openSync(path, CREATE, fileMode(path)),
  createLater: (path) =>
    new Promise((resolve, reject) => {
      open(path, CREATE, fileMode(path), (error, handle) =>
        error === null ? resolve(handle) : reject(error),
      );
    }),
  open: (path) => openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW),
  write: (handle, bytes, at) => writeSync(handle, bytes, 0, bytes.length, at),
  truncate: (handle, length) => ftruncateSync(handle, length),
  sync: (handle) => fsyncSync(handle),
  close: (handle) => closeSync(handle),
  rename: (from, to) => renameSync(from, to),
  remove: (path) =>
    orIf("ENOENT", false, () => {
      unlinkSync(path);
      return true;
    }),
  removeDirectory: (path) => rmdirSync(path),
  syncDirectory: (path) => withDirectory(path, fsyncSync),
  syncLater: (handle) => settled((done) => fsync(handle, done)),
  datasyncLater: (handle) => settled((done) => fdatasync(handle, done)),
  syncDirectoryLater,
  lock: lockDirectory,
};

/**
 * Makes a directory and its missing parents; their names are durable when it returns, also where an
 * earlier attempt made them and failed before its sync.
 */
export function ensureDirectory(files: Files, path: string): void {
  const parent = dirname(path);
  // A parent with something in it exists durably; for an empty one the call below makes sure.
  if (parent !== path && files.list(parent).length === 0) ensureDirectory(files, parent);
  files.makeDirectory(path);
  files.syncDirectory(parent);
}

/** Writes a new file whole. Not durable until it is synced. Throws `ShortWrite`. */
export function writeNew(files: Files, path: string, bytes: Uint8Array): void {
  const handle = files.create(path);
  try {
    writeAll(files, handle, path, bytes, 0);
  } finally {
    files.close(handle);
  }
}

/** One write of all bytes. Throws `ShortWrite`: what is half there is never completed in place. */
export function writeAll(
  files: Files,
  handle: number,
  path: string,
  bytes: Uint8Array,
  at: number,
): void {
  const wrote = files.write(handle, bytes, at);
  if (wrote !== bytes.length) throw new ShortWrite(path, wrote, bytes.length);
}

/**
 * Puts a small file in place of another: whoever reads the path finds the old bytes or the new, and
 * after the return the new ones, even if power is lost.
 */
export function replaceDurably(files: Files, path: string, bytes: Uint8Array): void {
  const temporary = temporaryOf(path);
  files.remove(temporary);
  const handle = files.create(temporary);
  try {
    writeAll(files, handle, temporary, bytes, 0);
    files.sync(handle);
  } finally {
    files.close(handle);
  }
  files.rename(temporary, path);
  files.syncDirectory(dirname(path));
}

/** As `replaceDurably`, without holding up the process while the disk works. */
export async function replaceDurablyLater(
  files: Files,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = temporaryOf(path);
  files.remove(temporary);
  const handle = files.create(temporary);
  try {
    writeAll(files, handle, temporary, bytes, 0);
    await files.syncLater(handle);
  } finally {
    files.close(handle);
  }
  files.rename(temporary, path);
  await files.syncDirectoryLater(dirname(path));
}

function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.new`);
}

function readRange(path: string, from: number, length: number): Uint8Array {
  const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, fstatSync(handle).size - from)));
    let done = 0;
    while (done < bytes.length) {
      const got = readSync(handle, bytes, done, bytes.length - done, from + done);
      if (got === 0) break;
      done += got;
    }
    return bytes.subarray(0, done);
  } finally {
    closeSync(handle);
  }
}

function fileMode(path: string): number {
  return isShared(path) ? 0o640 : 0o600;
}

const SET_GROUP_ID = 0o2000;

/** Whether what is made in the same directory is its group's to read. */
export function isShared(path: string): boolean {
  const directory = statSync(dirname(path), { throwIfNoEntry: false });
  return directory !== undefined && (directory.mode & SET_GROUP_ID) !== 0;
}

function withDirectory(path: string, act: (handle: number) => void): void {
  const handle = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    act(handle);
  } finally {
    closeSync(handle);
  }
}

async function syncDirectoryLater(path: string): Promise<void> {
  const handle = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await settled((done) => fsync(handle, done));
  } finally {
    closeSync(handle);
  }
}

function settled(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(error)));
  });
}

/** What `act` gives, or `otherwise` if the system says `code`. */
function orIf<T>(code: string, otherwise: T, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === code) return otherwise;
    throw error;
  }
}
