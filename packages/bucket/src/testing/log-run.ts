import assert from "node:assert/strict";
import { equalBytes } from "@writ/tlog/hash";
import type { LogLimits } from "../append/log-writer.ts";
import { EpochNotGreater, type LogWriter, type Submission } from "../append/submission.ts";
import { FaultDisk } from "./fault-disk.ts";
import { loggedEntries, naiveTiles, openOn, submissionOf, WRITER } from "./log-fixture.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import { EVERYTHING } from "./power-losses.ts";

const TILES = "/data/bucket/tiles/";
const CHECKPOINT = `${TILES}checkpoint`;
const TILES_SYNCED = "/data/bucket/tiles.synced";
const GUARD = "/data/guard/head";

/** Who writes to a log, and what. */
export interface World {
  readonly writer: string;
  /** SHA-256 of the constitution in force. */
  readonly constitution: Uint8Array;
  /** Entries number `first` and so on, each the same at every call, of at least `size` bytes. */
  readonly submission: (first: number, count: number, size: number) => Submission;
}

/** Short texts by nobody: enough for the storage, which looks into none. */
const PLAIN: World = {
  writer: WRITER,
  constitution: new Uint8Array(32).fill(0xc0),
  submission: submissionOf,
};

/** One process at work on a disk, and what it was promised. */
export class Run {
  readonly disk: FaultDisk;
  readonly clock: ManualClock = new ManualClock();
  readonly world: World;
  readonly limits: Partial<LogLimits>;
  readonly entrySize: number;
  /** Entries in the order in which they were submitted, those found in the log first. */
  readonly attempted: string[];
  readonly acknowledged: Set<string>;
  epoch: number;
  fault: unknown;
  /** File calls that opening made. */
  openCalls: number = 0;
  #log: LogWriter | undefined;

  constructor(disk: FaultDisk, base: Base) {
    this.disk = disk;
    this.world = base.world;
    this.limits = base.limits;
    this.entrySize = base.entrySize;
    this.attempted = [...base.entries];
    this.acknowledged = new Set(base.acknowledged);
    this.epoch = base.epoch;
    disk.onRename = (from, to) => this.#requireVisible(from, to);
  }

  open(): LogWriter {
    this.#log = openOn(this.disk, this.clock, {
      limits: this.limits,
      constitution: this.world.constitution,
    });
    void this.#log.poisoned.then((error) => {
      this.fault = error.cause;
    });
    this.openCalls = this.disk.calls.length;
    // Of what had no known end, this is what is there.
    this.attempted.length = this.#log.size;
    return this.#log;
  }

  raise(): void {
    this.#opened().raiseEpoch(this.world.writer, this.epoch + 1);
    this.epoch += 1;
  }

  /** Submits entries, as one submission each time, all in the same turn. */
  async append(...counts: number[]): Promise<void> {
    for (const count of counts) {
      const submission = this.world.submission(this.attempted.length, count, this.entrySize);
      const names = submission.entries.map((entry) => Buffer.from(entry).toString().trimEnd());
      this.attempted.push(...names);
      this.#opened()
        .submit(submission)
        .then(
          () => this.#acknowledge(names),
          () => {},
        );
    }
    await settled();
  }

  async close(): Promise<void> {
    await this.#opened().close();
  }

  /** A head that becomes visible must be synced by then and, if published, have all of its tree. */
  #requireVisible(from: string, to: string): void {
    if (to === TILES_SYNCED) this.#requireDurableTiles(from);
    if (to !== CHECKPOINT && to !== GUARD) return;
    const size = headSize(this.disk.contents().get(from));
    const synced = loggedEntries(this.disk.stableContents()).length;
    assert.ok(size <= synced, `${to} is ahead of the log`);
    if (to === GUARD) return;
    const contents = this.disk.contents();
    for (const path of tilesOf(this.world, size, this.entrySize).keys()) {
      assert.ok(contents.has(TILES + path), `${path} is missing at checkpoint ${size}`);
    }
  }

  #requireDurableTiles(mark: string): void {
    const size = Number(Buffer.from(this.disk.contents().get(mark) ?? []).toString());
    const stable = this.disk.stableContents();
    for (const [path, bytes] of tilesOf(this.world, size, this.entrySize)) {
      if (!path.includes(".p/")) requireSame(stable.get(TILES + path), bytes, path);
    }
  }

  #acknowledge(names: readonly string[]): void {
    const stable = new Set(loggedEntries(this.disk.stableContents()));
    for (const name of names) {
      assert.ok(stable.has(name), `${name} was acknowledged before it was durable`);
      this.acknowledged.add(name);
    }
  }

  #opened(): LogWriter {
    assert.ok(this.#log);
    return this.#log;
  }
}

/** Where a run starts. */
export interface Base {
  readonly disk: FaultDisk;
  readonly world: World;
  readonly limits: Partial<LogLimits>;
  /** Entries are filled up to this length. */
  readonly entrySize: number;
  readonly entries: readonly string[];
  readonly acknowledged: ReadonlySet<string>;
  readonly epoch: number;
}

export const EMPTY: Base = {
  disk: diskWithRoot(),
  world: PLAIN,
  limits: {},
  entrySize: 0,
  entries: [],
  acknowledged: new Set(),
  epoch: 0,
};

export async function grown(base: Base, count: number): Promise<Base> {
  const run = new Run(base.disk.afterKill(), base);
  run.open();
  run.raise();
  await run.append(count);
  await run.close();
  return resting(run, run.disk.afterKill());
}

/** Opens what is left, twice as after another loss of power, and goes on with it. */
export async function check(before: Run, disk: FaultDisk): Promise<void> {
  const base: Base = { ...resting(before, disk), entries: before.attempted };
  const run = new Run(disk, base);
  const log = run.open();
  const found = loggedEntries(disk.contents());
  assert.deepEqual(found, before.attempted.slice(0, found.length), "order or content differs");
  assert.equal(log.size, found.length);
  for (const one of before.acknowledged) assert.ok(found.includes(one), `${one} is lost`);
  requireTrusted(disk, base, found);
  assert.throws(() => log.raiseEpoch(before.world.writer, before.epoch), EpochNotGreater);
  run.attempted.length = found.length;
  // What was not acknowledged may have reached its epoch already.
  run.epoch = before.epoch + 1;
  run.raise();
  await run.clock.pass(1000);
  await run.append(1);
  await run.close();
  assert.deepEqual(loggedEntries(disk.contents(), { whole: true }), run.attempted);
  requirePublished(disk, run);
  // A closed log rests on nothing that a loss of power could take.
  requireSame(disk.stableContents().get(GUARD), disk.contents().get(GUARD), GUARD);
}

/** What an opened log holds must be durable by then: it will be published. */
function requireTrusted(disk: FaultDisk, base: Base, found: readonly string[]): void {
  const later = disk.afterLoss(EVERYTHING);
  new Run(later, base).open();
  assert.deepEqual(
    loggedEntries(later.contents()),
    found,
    "an open log rested on what was not synced",
  );
}

const knownTiles = new WeakMap<World, Map<string, ReadonlyMap<string, Uint8Array>>>();

/** The tile files of the first `size` entries that these runs write. */
function tilesOf(world: World, size: number, entrySize: number): ReadonlyMap<string, Uint8Array> {
  const known = knownTiles.get(world) ?? new Map<string, ReadonlyMap<string, Uint8Array>>();
  knownTiles.set(world, known);
  const name = `${size} ${entrySize}`;
  const made =
    known.get(name) ?? naiveTiles(size === 0 ? [] : world.submission(0, size, entrySize).entries);
  known.set(name, made);
  return made;
}

/** The public folder is, byte for byte, that of the log; the guard holds the same head. */
function requirePublished(disk: FaultDisk, { world, attempted: names, entrySize }: Run): void {
  const contents = disk.contents();
  const expected = tilesOf(world, names.length, entrySize);
  for (const [path, bytes] of expected) {
    requireSame(contents.get(TILES + path), bytes, path);
  }
  for (const [path, bytes] of contents) {
    assert.ok(!path.startsWith("/data/bucket/staging/"), `${path} was left over`);
    if (!path.startsWith(TILES) || path === CHECKPOINT || expected.has(path.slice(TILES.length)))
      continue;
    const [, tile = "", width = ""] = /^(.*\.p\/)([0-9]+)$/.exec(path.slice(TILES.length)) ?? [];
    const wider = [...expected].find(([one]) => one.startsWith(tile) && tile !== "");
    assert.ok(
      wider && Number(wider[0].slice(tile.length)) > Number(width),
      `${path} belongs to no tree`,
    );
    requireSame(bytes, wider[1].subarray(0, bytes.length), path);
  }
  requireSame(contents.get(CHECKPOINT), contents.get(GUARD), CHECKPOINT);
  assert.equal(headSize(contents.get(GUARD)), names.length);
}

function requireSame(
  actual: Uint8Array | undefined,
  expected: Uint8Array | undefined,
  path: string,
): void {
  assert.ok(actual && expected && equalBytes(actual, expected), `${path} is not what it should be`);
}

function headSize(note: Uint8Array | undefined): number {
  return Number(
    Buffer.from(note ?? [])
      .toString()
      .split("\n")[1],
  );
}

export function resting(run: Run, disk: FaultDisk): Base {
  return {
    ...run,
    disk,
    world: run.world,
    limits: run.limits,
    entrySize: run.entrySize,
    entries: run.attempted,
    epoch: run.epoch,
  };
}
function diskWithRoot(): FaultDisk {
  const disk = new FaultDisk();
  disk.makeDirectory("/data");
  disk.syncDirectory("/");
  return disk;
}
