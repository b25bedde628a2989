import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { lockFolder } from "./folder-lock.ts";

/**
 * Every call that a witness makes to its disk, one method a call, so that a test can fail each of
 * them. A failed call throws the system's error. Contents survive a loss of power after `sync` of
 * their handle, names after `syncDirectory` of the directory they stand in.
 */
export interface WitnessDisk {
  /** Makes one directory, mode 0700. False if something of that name exists. */
  makeDirectory(path: string): boolean;
  /** The whole file, or `undefined` if there is none. */
  read(path: string): Uint8Array | undefined;
  /** Makes a file, mode 0600, for writing. Throws if one exists. */
  create(path: string): number;
  /** One write at `at`; says how many bytes were taken. */
  write(handle: number, bytes: Uint8Array, at: number): number;
  sync(handle: number): void;
  close(handle: number): void;
  /** Atomic; replaces what stands at `to`. */
  rename(from: string, to: string): void;
  /** Removes a file. False if there is none. */
  remove(path: string): boolean;
  syncDirectory(path: string): void;
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** The file system of this machine. */
export const machineDisk: WitnessDisk & {
  /** See `lockFolder`. */
  lock(directory: string): (() => void) | undefined;
} = {
  makeDirectory: (path) =>
    unless("EEXIST", false, () => {
      mkdirSync(path, 0o700);
      return true;
    }),
  read: (path) => unless("ENOENT", undefined, () => readFileSync(path)),
  create: (path) => openSync(path, CREATE, 0o600),
  write: (handle, bytes, at) => writeSync(handle, bytes, 0, bytes.length, at),
  sync: (handle) => fsyncSync(handle),
  close: (handle) => closeSync(handle),
  rename: (from, to) => renameSync(from, to),
  remove: (path) =>
    unless("ENOENT", false, () => {
      rmSync(path);
      return true;
    }),
  syncDirectory: (path) => {
    const handle = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  lock: lockFolder,
};

/**
 * Puts a small file in place of another: a reader finds the old bytes or the new, and after the
 * return the new ones, even if power is lost. Throws the system's error; the file is then either.
 */
export function replaceDurably(disk: WitnessDisk, path: string, bytes: Uint8Array): void {
  const fresh = join(dirname(path), `.${basename(path)}.new`);
  disk.remove(fresh);
  const handle = disk.create(fresh);
  try {
    const wrote = disk.write(handle, bytes, 0);
    if (wrote !== bytes.length) {
      throw new Error(`only ${wrote} of ${bytes.length} bytes were written to ${fresh}`);
    }
    disk.sync(handle);
  } finally {
    disk.close(handle);
  }
  disk.rename(fresh, path);
  disk.syncDirectory(dirname(path));
}

function unless<T>(code: string, instead: T, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === code) return instead;
    throw error;
  }
}
