import { dirname } from "node:path";
import type { Files } from "../append/files.ts";
import { OpenRefused } from "../append/open-refused.ts";
import {
  applied,
  type Contents,
  change,
  EVERY_OTHER,
  type File,
  remains,
  sectors,
} from "./disk-file.ts";

/** How many of its bytes a write takes. */
const SHORTENED: { readonly [fault in Fault]?: (length: number) => number } = {
  SHORT_NONE: () => 0,
  SHORT: (length) => length >> 1,
  SHORT_LAST: (length) => length - 1,
};

export type { Contents } from "./disk-file.ts";

/** What becomes of one file call. */
export type Fault =
  /** Nothing happens, and the error is reported. */
  | "EIO"
  | "ENOSPC"
  /** It happens, and an error is reported all the same. */
  | "EIO_DONE"
  /** A sync makes every other sector durable, and reports an error. */
  | "EIO_HALF"
  /** A write takes half of its bytes, nothing, or all but the last. */
  | "SHORT"
  | "SHORT_NONE"
  | "SHORT_LAST"
  /** The process ends before, or right after, the call. */
  | "KILL_BEFORE"
  | "KILL_AFTER";

/** What a loss of power leaves of all that was not synced. */
export interface Loss {
  /** What it is, for messages. */
  readonly name: string;
  /** Of the contents of the file at this path. */
  readonly contents: (path: string) => Contents;
  /** Whether this name is as it was last, rather than as it was last synced. */
  readonly isNew: (path: string) => boolean;
}

/** What would be lost with the power. */
export interface Pending {
  /** Files with contents that are not synced, and how many sectors were written. */
  readonly files: readonly { readonly path: string; readonly sectors: number }[];
  /** Names that are not, or not for this file, on the platter. */
  readonly names: readonly string[];
}

type Node = File | "directory";

/** The process has been killed: nothing it does reaches the disk any more. */
export class Killed extends Error {
  override readonly name = "Killed";
}

/** A file call, as a test's log of them shows it. */
export interface Call {
  readonly name: keyof Files;
  readonly path: string;
}

/**
 * A disk in memory that keeps apart what was written and what was synced, and fails one call as told.
 *
 * A failed sync drops what it should have made durable, and the next one claims success, as Linux
 * does (fsyncgate); what was written still reads back until power is lost.
 */
export class FaultDisk implements Files {
  readonly calls: Call[] = [];
  /** Called before a rename takes effect, to look at what becomes visible. */
  onRename: (from: string, to: string) => void = () => {};
  #names = new Map<string, Node>([["/", "directory"]]);
  #stableNames = new Map<string, Node>([["/", "directory"]]);
  readonly #handles = new Map<number, { readonly path: string; readonly file: File }>();
  readonly #locks = new Set<string>();
  #nextHandle = 3;
  #failAt = -1;
  #fault: Fault = "EIO";
  #isKilled = false;

  /** Makes the call of this number, from 0 since the disk was made or rebooted, meet `fault`. */
  failAt(call: number, fault: Fault): void {
    this.#failAt = call;
    this.#fault = fault;
  }

  /** The same disk for a new process, as the last one left it in memory. */
  afterKill(): FaultDisk {
    return this.#reborn(this.#names, this.#stableNames, (file) => file);
  }

  /** As `afterLoss`, where contents fare alike in every file, and names alike but for `odd`. */
  afterPowerLoss(contents: Contents, names: "dropped" | "kept" | "odd"): FaultDisk {
    let count = 0;
    return this.afterLoss({
      name: `${JSON.stringify(contents)}, names ${names}`,
      contents: () => contents,
      isNew: () => names === "kept" || (names === "odd" && count++ % 2 === 1),
    });
  }

  /** The same disk after power was lost: a part of what was not synced is gone. */
  afterLoss({ contents, isNew }: Loss): FaultDisk {
    const left = new Map<string, Node>();
    const paths = new Map<File, string>();
    for (const path of this.#allNames()) {
      const node = (isNew(path) ? this.#names : this.#stableNames).get(path);
      if (node === undefined) continue;
      left.set(path, node);
      if (node !== "directory") paths.set(node, path);
    }
    for (const path of left.keys()) if (!isReachable(left, path)) left.delete(path);
    return this.#reborn(left, left, (file) => {
      const data = remains(file, contents(paths.get(file) ?? ""));
      return { data, stable: data, changes: [] };
    });
  }

  /** What is not synced now. */
  pending(): Pending {
    const names = this.#allNames().filter(
      (path) => this.#names.get(path) !== this.#stableNames.get(path),
    );
    const files = [...this.#names].flatMap(([path, node]) => {
      if (node === "directory" || node.changes.length === 0) return [];
      const written = node.changes.flatMap((one) => ("length" in one ? [] : sectors(one)));
      return [{ path, sectors: written.length }];
    });
    return { files, names };
  }

  /** Contents by path, directories left out. */
  contents(): Map<string, Uint8Array> {
    return filesOf(this.#names, (file) => file.data);
  }

  /** As `contents`, of what would be there if power were lost now and all else dropped. */
  stableContents(): Map<string, Uint8Array> {
    return filesOf(this.#stableNames, (file) => file.stable);
  }

  /** Replaces a file's contents durably, or removes it: the work of somebody else. */
  tamper(path: string, contents: Uint8Array | undefined): void {
    for (const names of [this.#names, this.#stableNames]) {
      if (contents === undefined) names.delete(path);
      else names.set(path, { data: contents, stable: contents, changes: [] });
    }
  }

  makeDirectory(path: string): boolean {
    return this.#call("makeDirectory", path, () => {
      if (this.#names.has(path)) return false;
      this.#requireParent(path);
      this.#names.set(path, "directory");
      return true;
    });
  }

  list(path: string): string[] {
    return this.#call("list", path, () => this.#children(path));
  }

  read(path: string, from = 0, length: number = Number.POSITIVE_INFINITY): Uint8Array | undefined {
    return this.#call("read", path, () => {
      const node = this.#names.get(path);
      if (node === "directory") throw systemError("EISDIR");
      return node?.data.slice(from, Math.min(node.data.length, from + length));
    });
  }

  identity(path: string): string | undefined {
    return this.#call("identity", path, () => (this.#names.has(path) ? path : undefined));
  }

  create(path: string): number {
    return this.#create("create", path);
  }

  async createLater(path: string): Promise<number> {
    return this.#create("createLater", path);
  }

  #create(name: keyof Files, path: string): number {
    return this.#call(name, path, () => {
      if (this.#names.has(path)) throw systemError("EEXIST");
      this.#requireParent(path);
      const file: File = { data: new Uint8Array(0), stable: new Uint8Array(0), changes: [] };
      this.#names.set(path, file);
      return this.#handle(path, file);
    });
  }

  open(path: string): number {
    return this.#call("open", path, () => this.#handle(path, this.#file(path)));
  }

  write(handle: number, bytes: Uint8Array, at: number): number {
    const { path, file } = this.#opened(handle);
    return this.#call("write", path, (fault) => {
      const taken = bytes.subarray(0, SHORTENED[fault ?? "EIO"]?.(bytes.length));
      change(file, { at, bytes: taken.slice() });
      return taken.length;
    });
  }

  truncate(handle: number, length: number): void {
    const { path, file } = this.#opened(handle);
    this.#call("truncate", path, () => change(file, { length }));
  }

  sync(handle: number): void {
    const { path, file } = this.#opened(handle);
    this.#syncFile("sync", path, file);
  }

  async syncLater(handle: number): Promise<void> {
    const { path, file } = this.#opened(handle);
    this.#syncFile("syncLater", path, file);
  }

  async datasyncLater(handle: number): Promise<void> {
    const { path, file } = this.#opened(handle);
    this.#syncFile("datasyncLater", path, file);
  }

  close(handle: number): void {
    const { path } = this.#opened(handle);
    this.#call("close", path, () => this.#handles.delete(handle));
  }

  rename(from: string, to: string): void {
    this.#call("rename", to, () => {
      const node = this.#names.get(from);
      if (node === undefined) throw systemError("ENOENT");
      this.#requireParent(to);
      this.onRename(from, to);
      this.#names.delete(from);
      this.#names.set(to, node);
    });
  }

  remove(path: string): boolean {
    return this.#call("remove", path, () => this.#names.delete(path));
  }

  removeDirectory(path: string): void {
    this.#call("removeDirectory", path, () => {
      if (this.#children(path).length > 0) throw systemError("ENOTEMPTY");
      this.#names.delete(path);
    });
  }

  syncDirectory(path: string): void {
    this.#syncNames("syncDirectory", path);
  }

  async syncDirectoryLater(path: string): Promise<void> {
    this.#syncNames("syncDirectoryLater", path);
  }

  lock(directory: string): () => void {
    return this.#call("lock", directory, () => {
      if (this.#locks.has(directory)) throw new OpenRefused("BUCKET_LOCKED", "locked");
      this.#locks.add(directory);
      return () => this.#locks.delete(directory);
    });
  }

  #call<T>(name: keyof Files, path: string, act: (fault: Fault | undefined) => T): T {
    if (this.#isKilled) throw new Killed("killed");
    const fault = this.calls.length === this.#failAt ? this.#fault : undefined;
    this.calls.push({ name, path });
    if (fault === "EIO" || fault === "ENOSPC") throw systemError(fault);
    if (fault === "KILL_BEFORE") this.#kill();
    const result = act(fault);
    if (fault === "EIO_DONE" || fault === "EIO_HALF") throw systemError("EIO");
    if (fault === "KILL_AFTER") this.#kill();
    return result;
  }

  #kill(): never {
    this.#isKilled = true;
    throw new Killed("killed");
  }

  #syncFile(name: keyof Files, path: string, file: File): void {
    try {
      this.#call(name, path, (fault) => {
        if (fault === "EIO_HALF") file.stable = remains(file, EVERY_OTHER);
        else file.stable = file.changes.reduce(applied, file.stable);
        file.changes = [];
      });
    } catch (error) {
      if (!(error instanceof Killed)) file.changes = [];
      throw error;
    }
  }

  #syncNames(name: keyof Files, path: string): void {
    this.#call(name, path, () => {
      for (const one of this.#allNames()) {
        if (dirname(one) !== path || one === path) continue;
        const node = this.#names.get(one);
        if (node === undefined) this.#stableNames.delete(one);
        else this.#stableNames.set(one, node);
      }
    });
  }

  #reborn(
    names: ReadonlyMap<string, Node>,
    stableNames: ReadonlyMap<string, Node>,
    left: (file: File) => File,
  ): FaultDisk {
    const disk = new FaultDisk();
    const copies = new Map<File, File>();
    const copy = (node: Node): Node => {
      if (node === "directory") return node;
      const known = copies.get(node) ?? { ...left(node), changes: [...left(node).changes] };
      copies.set(node, known);
      return known;
    };
    disk.#names = new Map([...names].map(([path, node]) => [path, copy(node)]));
    disk.#stableNames = new Map([...stableNames].map(([path, node]) => [path, copy(node)]));
    return disk;
  }

  #allNames(): string[] {
    return [...new Set([...this.#names.keys(), ...this.#stableNames.keys()])];
  }

  #children(path: string): string[] {
    return [...this.#names.keys()]
      .filter((one) => one !== path && dirname(one) === path)
      .map((one) => one.slice(path === "/" ? 1 : path.length + 1))
      .sort();
  }

  #requireParent(path: string): void {
    if (this.#names.get(dirname(path)) !== "directory") throw systemError("ENOENT");
  }

  #file(path: string): File {
    const node = this.#names.get(path);
    if (node === undefined || node === "directory") throw systemError("ENOENT");
    return node;
  }

  #handle(path: string, file: File): number {
    const handle = this.#nextHandle++;
    this.#handles.set(handle, { path, file });
    return handle;
  }

  #opened(handle: number): { readonly path: string; readonly file: File } {
    const opened = this.#handles.get(handle);
    if (opened === undefined) throw systemError("EBADF");
    return opened;
  }
}

function isReachable(names: ReadonlyMap<string, Node>, path: string): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (names.get(at) !== "directory") return false;
    if (at === "/") return true;
  }
}

function filesOf(
  names: ReadonlyMap<string, Node>,
  bytes: (file: File) => Uint8Array,
): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [path, node] of names) {
    if (node !== "directory" && isReachable(names, path)) found.set(path, bytes(node));
  }
  return found;
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
