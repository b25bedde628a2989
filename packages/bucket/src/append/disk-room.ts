import { statfsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, machineClock } from "./clock.ts";
import { diskFiles, type Files } from "./files.ts";

/** What one look at a disk shows. */
export interface DiskLook {
  /** Bytes that this user may still write. */
  readonly free: number;
  /** Leaves whose tiles are there. Read before `free`, so that what they need is not in it. */
  readonly published: number;
}

/** How a disk is looked at; both throw the system's error. */
export interface DiskEye {
  look(): DiskLook;
  /** The same, without holding up the process. */
  lookLater(): Promise<DiskLook>;
}

export interface DiskRoomOptions {
  readonly eye: DiskEye;
  /** Leaves that are committed at this moment. */
  readonly committed: () => number;
  /** Charged bytes of all that the log holds now: what is not in tiles yet still needs its part. */
  readonly held: number;
  /** Bytes that stay free for whatever else the Bucket writes: partial tiles, guard, epochs. */
  readonly margin?: number;
  readonly clock?: Clock;
}

/** Room for the partial tiles and bundles of several published sizes, and for much of anything else. */
export const MARGIN_BYTES: number = 96 * 1024 * 1024;
const GUARD_BYTES = 1024 * 1024;
const LOOK_MS = 100;
/** A full disk is looked at again no sooner. */
const LOOK_AGAIN_MS = 10;
const MARKS = 1_000;

interface Mark {
  readonly size: number;
  readonly settled: number;
}

/**
 * Knows whether the disk holds what is about to be reserved, so that an append can be rejected
 * while a rejection can still be sent: a write that fails leaves nobody to ask (design §6). What is
 * reserved and not known to be on disk, tiles included, counts against what was free.
 */
export class DiskRoom {
  readonly #eye: DiskEye;
  readonly #committed: () => number;
  readonly #margin: number;
  readonly #clock: Clock;
  #free = 0;
  /** Reserved, neither settled nor given back. */
  #reserved = 0;
  /** Settled in all; and that part of it whose tiles were there at the last look. */
  #settled = 0;
  #landed: number;
  /** How much was settled when the log had some size, oldest first. */
  #marks: Mark[];
  #lookedAt: number;
  #isWaiting = false;

  /** Takes a first look. Throws nothing: a disk that cannot be looked at has no room. */
  constructor(options: DiskRoomOptions) {
    this.#eye = options.eye;
    this.#committed = options.committed;
    this.#margin = options.margin ?? MARGIN_BYTES;
    this.#clock = options.clock ?? machineClock;
    const size = this.#committed();
    this.#marks = [{ size, settled: 0 }];
    this.#lookedAt = this.#clock.now();
    const seen = this.#tryLook();
    // Leaves that are not in tiles yet need their part of what they were charged.
    this.#landed = size === 0 ? 0 : -options.held * Math.max(0, 1 - seen.published / size);
    this.#see(seen);
  }

  /** Bytes that could be reserved now. */
  get left(): number {
    return this.#free - this.#margin - this.#reserved - (this.#settled - this.#landed);
  }

  /** Reserves room; false, and nothing is reserved, where the disk has less. */
  take(bytes: number): boolean {
    if (bytes > this.left) this.#lookAgain();
    if (bytes > this.left) return false;
    this.#reserved += bytes;
    this.#lookSoon();
    return true;
  }

  /** A reservation is over, and so much of it was written. */
  settle(reserved: number, written: number): void {
    this.#reserved -= reserved;
    this.#settled += written;
  }

  #lookAgain(): void {
    if (this.#clock.now() - this.#lookedAt < LOOK_AGAIN_MS) return;
    this.#lookedAt = this.#clock.now();
    this.#see(this.#tryLook());
  }

  #lookSoon(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#clock.after(LOOK_MS, () => void this.#lookLater());
  }

  async #lookLater(): Promise<void> {
    const seen = await this.#eye.lookLater().catch(() => BLIND);
    this.#isWaiting = false;
    this.#lookedAt = this.#clock.now();
    this.#see(seen);
  }

  #tryLook(): DiskLook {
    try {
      return this.#eye.look();
    } catch {
      return BLIND;
    }
  }

  #see({ free, published }: DiskLook): void {
    this.#free = free;
    const known = this.#marks.findLastIndex(({ size }) => size <= published);
    this.#landed = Math.max(this.#landed, this.#marks[known]?.settled ?? this.#landed);
    this.#marks.splice(0, known);
    const mark = { size: this.#committed(), settled: this.#settled };
    if (mark.size !== this.#marks.at(-1)?.size) this.#marks.push(mark);
    // Fewer marks: what has landed is known later, never too early.
    if (this.#marks.length > MARKS) this.#marks = this.#marks.filter((_, i) => i % 2 === 0);
  }
}

const BLIND: DiskLook = { free: 0, published: 0 };

/**
 * Looks at the disk of a Bucket's directory; one on which the guard could not follow has no room
 * either.
 */
export function diskEye(directory: string, guard: string, files: Files = diskFiles): DiskEye {
  const see = (bucket: Space, beside: Space, published: number): DiskLook => ({
    free: bytesIn(beside) < GUARD_BYTES ? 0 : bytesIn(bucket),
    published,
  });
  return {
    look() {
      const published = publishedSize(files, directory);
      return see(statfsSync(directory), statfsSync(guard), published);
    },
    async lookLater() {
      const published = publishedSize(files, directory);
      return see(await statfs(directory), await statfs(guard), published);
    },
  };
}

interface Space {
  readonly bavail: number;
  readonly bsize: number;
}

function bytesIn({ bavail, bsize }: Space): number {
  return bavail * bsize;
}

/** The published checkpoint's second line: our own file, so it is not verified here. */
function publishedSize(files: Files, directory: string): number {
  const note = files.read(join(directory, "tiles", "checkpoint"));
  const size = Number(
    Buffer.from(note ?? [])
      .toString("latin1")
      .split("\n", 2)[1] ?? Number.NaN,
  );
  return Number.isSafeInteger(size) ? size : 0;
}
