import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { partialTiles } from "@writ/tlog/tile-edge";
import { formatTilePath, TILE_WIDTH } from "@writ/tlog/tile-path";
import fc from "fast-check";
import { FaultDisk, Killed } from "../testing/fault-disk.ts";
import { naiveTiles, openOn, submissionOf, WRITER } from "../testing/log-fixture.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { PartialBundles } from "./partial-bundles.ts";
import type { LogWriter } from "./submission.ts";

const TILES = "/data/bucket/tiles/";

async function open(disk: FaultDisk, clock: ManualClock): Promise<LogWriter> {
  const log = openOn(disk, clock);
  log.raiseEpoch(WRITER, 1 + log.size);
  return log;
}

function emptyDisk(): FaultDisk {
  const disk = new FaultDisk();
  disk.makeDirectory("/data");
  disk.syncDirectory("/");
  return disk;
}

/** The tile files on a disk, by path below the public folder. */
function tilesOn(disk: FaultDisk): Map<string, Uint8Array> {
  const found = [...disk.contents()].filter(([path]) => path.startsWith(`${TILES}tile/`));
  return new Map(found.map(([path, bytes]) => [path.slice(TILES.length), bytes]));
}

function requireTiles(disk: FaultDisk, size: number): void {
  const found = tilesOn(disk);
  for (const [path, bytes] of naiveTiles(size === 0 ? [] : submissionOf(0, size).entries)) {
    assert.equal(Buffer.compare(found.get(path) ?? new Uint8Array(0), bytes), 0, path);
  }
}

test("the public folder is the tree at every size around full tiles", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  for (const step of [1, 1, 253, 1, 1, 254, 1, 1, 300, 700]) {
    await log.submit(submissionOf(log.size, step));
    await clock.pass(150);
    requireTiles(disk, log.size);
  }
});

test("a second level of tiles is made and taken over", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  await log.submit(submissionOf(0, 65_530));
  await log.close();
  requireTiles(disk, 65_530);
  const next = disk.afterKill();
  next.tamper("/data/bucket/tiles.synced", Buffer.from("65280\n"));
  const again = await open(next, clock);
  await again.submit(submissionOf(65_530, 10));
  await again.close();
  requireTiles(next, 65_540);
  const isMade = (path: string): boolean =>
    next.calls.some((call) => call.name === "rename" && call.path === `${TILES}${path}`);
  assert.ok(
    isMade("tile/0/255") && !isMade("tile/0/254"),
    "only what is not durable is made again",
  );
  assert.ok(tilesOn(next).has("tile/1/000"));
  assert.deepEqual(tilesOn(next).get("tile/2/000.p/1")?.length, 32);
});

test("several commits within 100 ms are one checkpoint", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  await clock.pass(100);
  const before = disk.calls.length;
  for (let i = 0; i < 5; i += 1) {
    await log.submit(submissionOf(i, 1));
    await clock.pass(10);
  }
  await clock.pass(100);
  const published = disk.calls
    .slice(before)
    .filter(({ name, path }) => name === "rename" && path === `${TILES}checkpoint`);
  assert.equal(published.length, 1);
});

test("a public folder that is lost, or garbled above what is durable, is made again", async () => {
  const whole = emptyDisk();
  const log = await open(whole, new ManualClock());
  for (let i = 0; i < 6; i += 1) await log.submit(submissionOf(i * 100, 100));
  await log.close();
  const paths = [...tilesOn(whole).keys()].map((path) => TILES + path);
  for (const harm of [undefined, new Uint8Array(0), new Uint8Array(8192).fill(1)]) {
    const disk = whole.afterKill();
    for (const path of [...paths, `${TILES}checkpoint`]) disk.tamper(path, harm);
    const again = await open(disk, new ManualClock());
    await again.close();
    requireTiles(disk, 600);
    assert.deepEqual(
      disk.contents().get(`${TILES}checkpoint`),
      disk.contents().get("/data/guard/head"),
    );
  }
});

test("tiles that were believed durable but do not make up the tree are all made again", async () => {
  const disk = emptyDisk();
  const log = await open(disk, new ManualClock());
  await log.submit(submissionOf(0, 600));
  await log.close();
  const next = disk.afterKill();
  next.tamper("/data/bucket/tiles.synced", Buffer.from("512\n"));
  next.tamper(`${TILES}tile/0/001`, new Uint8Array(8192).fill(1));
  const again = await open(next, new ManualClock());
  await again.close();
  requireTiles(next, 600);
});

test("partial files stay until the full one stands, and go then", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  const partials = (): string[] =>
    [...tilesOn(disk).keys()].filter((path) => path.includes("/000.p/"));
  await log.submit(submissionOf(0, 3));
  await clock.pass(150);
  await log.submit(submissionOf(3, 4));
  await clock.pass(150);
  assert.deepEqual(partials().sort(), [
    "tile/0/000.p/3",
    "tile/0/000.p/7",
    "tile/entries/000.p/3",
    "tile/entries/000.p/7",
  ]);
  await log.submit(submissionOf(7, 250));
  await clock.pass(150);
  assert.deepEqual(partials(), ["tile/1/000.p/1"]);
});

/** What a run does next. A kill strikes at one of the file calls that follow. */
type Step =
  | { readonly do: "append"; readonly count: number }
  | { readonly do: "pass"; readonly milliseconds: number }
  | { readonly do: "restart" }
  | { readonly do: "kill"; readonly after: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("append"), count: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ do: fc.constant("pass"), milliseconds: fc.constantFrom(20, 150, 3000) }),
  fc.record({ do: fc.constant("restart") }),
  fc.record({ do: fc.constant("kill"), after: fc.integer({ min: 0, max: 60 }) }),
);

test("whatever is killed when, tiles come out as a naive builder makes them, and each published size keeps its own", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const run = new Course();
      for (const one of steps) await run.take(one);
      await run.end();
    }),
    { numRuns: Number(process.env.WRIT_TILE_RUNS ?? 60) },
  );
});

/** One log through kills and restarts, and every head that it ever published. */
class Course {
  readonly #published: number[] = [];
  #disk: FaultDisk = emptyDisk();
  #clock = new ManualClock();
  #log: LogWriter | undefined;
  #epoch = 0;

  async take(next: Step): Promise<void> {
    if (next.do === "kill") this.#disk.failAt(this.#disk.calls.length + next.after, "KILL_AFTER");
    try {
      await this.#do(next);
      await settled();
    } catch (error) {
      if (!isKill(error)) throw error;
      this.#reboot();
    }
  }

  async end(): Promise<void> {
    this.#reboot();
    const log = await this.#opened();
    await log.submit(submissionOf(log.size, 1));
    await log.close();
    requireTiles(this.#disk, log.size);
    this.#requireKept();
    const staged = [...this.#disk.contents().keys()].filter((path) => path.includes("/staging/"));
    assert.deepEqual(staged, []);
  }

  async #do(next: Step): Promise<void> {
    const log = await this.#opened();
    if (next.do === "append") {
      await log.submit(submissionOf(log.size, next.count));
    } else if (next.do === "pass") {
      await this.#clock.pass(next.milliseconds);
    } else if (next.do === "restart") {
      await log.close();
      this.#reboot();
    }
    if (isDead(this.#disk)) this.#reboot();
  }

  async #opened(): Promise<LogWriter> {
    if (this.#log !== undefined) return this.#log;
    this.#disk.onRename = (from, to) => {
      if (to === `${TILES}checkpoint`) this.#note(this.#disk.contents().get(from));
    };
    const log = openOn(this.#disk, this.#clock);
    this.#epoch += 1;
    log.raiseEpoch(WRITER, this.#epoch);
    this.#log = log;
    return log;
  }

  #note(checkpoint: Uint8Array | undefined): void {
    const [, size] = Buffer.from(checkpoint ?? [])
      .toString()
      .split("\n");
    this.#published.push(Number(size));
    this.#requireKept();
  }

  /** A reader may hold any of these checkpoints: its partial tiles are there, or the full ones. */
  #requireKept(): void {
    const files = this.#disk.contents();
    for (const size of this.#published) {
      for (const { level, index, width } of partialTiles(size)) {
        for (const of of level === 0 ? [level, "entries" as const] : [level]) {
          const full = TILES + formatTilePath({ level: of, index, width: TILE_WIDTH });
          const partial = TILES + formatTilePath({ level: of, index, width });
          assert.ok(files.has(partial) || files.has(full), `${partial} of ${size} is gone`);
        }
      }
    }
  }

  #reboot(): void {
    this.#disk = this.#disk.afterKill();
    this.#clock = new ManualClock();
    this.#log = undefined;
  }
}

/** Whether what works on this disk has been killed: no call gets through any more. */
function isDead(disk: FaultDisk): boolean {
  try {
    disk.list("/");
    return false;
  } catch (error) {
    return isKill(error);
  }
}

function isKill(error: unknown): boolean {
  return error instanceof Killed || (error instanceof Error && isKill(error.cause));
}

test("partial bundles of large events are kept within their room, the widest always", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ index: fc.nat(1), bytes: fc.nat(30 * 1024 * 1024) })),
      (files) => {
        const bundles = new PartialBundles();
        let kept: { readonly width: number; readonly bytes: number }[] = [];
        let last = 0;
        files.sort((a, b) => a.index - b.index);
        for (const [width, { index, bytes }] of files.entries()) {
          if (index !== last) kept = [];
          last = index;
          kept.push({ width, bytes });
          const gone = bundles.add(index, [{ width, bytes }]);
          assert.deepEqual(
            gone,
            kept.slice(0, gone.length).map((one) => one.width),
          );
          const left = kept.slice(gone.length);
          const total = left.reduce((sum, one) => sum + one.bytes, 0);
          assert.ok(left.length === 1 || total <= 64 * 1024 * 1024);
          // No more went than had to.
          const spared = kept[gone.length - 1];
          assert.ok(spared === undefined || total + spared.bytes > 64 * 1024 * 1024);
          kept = left;
        }
      },
    ),
  );
});

test("the narrowest partial bundles of the largest events go, and only those", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  for (const count of [200, 1, 1, 1, 1, 1]) {
    await log.submit(submissionOf(log.size, count, 65_535));
    await clock.pass(500);
  }
  const widths = (level: string): number[] =>
    [...tilesOn(disk).keys()]
      .filter((path) => path.startsWith(`tile/${level}/000.p/`))
      .map((path) => Number(path.split("/").at(-1)))
      .sort((a, b) => a - b);
  const kept = widths("entries");
  assert.deepEqual(kept, [201, 202, 203, 204, 205]);
  assert.ok(kept.reduce((sum, width) => sum + width * 65_537, 0) <= 2 ** 26);
  assert.deepEqual(widths("0"), [200, 201, 202, 203, 204, 205]);
  await log.close();
});

/** Lets tiles be made at the pace of a slow machine. */
class SlowClock extends ManualClock {
  override breathe(): Promise<void> {
    return new Promise((resolve) => this.after(50, resolve));
  }
}

test("a close waits half a second for tiles, and the next opening makes what is missing", async () => {
  const disk = emptyDisk();
  const clock = new SlowClock();
  const log = await open(disk, clock);
  const submitted = log.submit(submissionOf(0, 20_000));
  await clock.pass(60);
  await submitted;
  let isClosed = false;
  const closed = log.close().then(() => {
    isClosed = true;
  });
  await clock.pass(450);
  assert.ok(!isClosed);
  await clock.pass(150);
  await closed;
  assert.ok(!tilesOn(disk).has("tile/0/077"));
  assert.ok(Buffer.from(disk.contents().get("/data/guard/head") ?? []).includes("\n20000\n"));
  const next = disk.afterKill();
  const again = await open(next, new ManualClock());
  await again.close();
  requireTiles(next, 20_000);
});

test("commits that are published long after are read back from the log, across segments", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = openOn(disk, clock, { limits: { segmentBytes: 100_000 } });
  // The clock stands still, so nothing is published until the end.
  for (let i = 0; i < 40; i += 1) await log.submit(submissionOf(i * 20, 20, 600));
  assert.equal(tilesOn(disk).size, 0);
  await log.close();
  const found = tilesOn(disk);
  for (const [path, bytes] of naiveTiles(submissionOf(0, 800, 600).entries)) {
    assert.equal(Buffer.compare(found.get(path) ?? new Uint8Array(0), bytes), 0, path);
  }
});

test("a log that reads back other than it was committed is not published, and stops the writer", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  await log.submit(submissionOf(0, 5));
  await clock.pass(150);
  const before = disk.contents().get(`${TILES}checkpoint`);
  await log.submit(submissionOf(5, 1, 40));
  const [segment = ""] = [...disk.contents().keys()].filter((path) => path.endsWith(".frames"));
  const bytes = Buffer.from(disk.contents().get(segment) ?? []);
  const at = bytes.lastIndexOf("e5 ");
  bytes.write("e6", at);
  const frame = bytes.lastIndexOf(Buffer.from("ff57524954460a01", "hex"));
  bytes.writeUInt32BE(crc32(bytes.subarray(frame, bytes.length - 4)), bytes.length - 4);
  disk.tamper(segment, bytes);
  await clock.pass(150);
  const poisoned = await log.poisoned;
  assert.match(poisoned.message, /do not make up the signed head/);
  assert.deepEqual(disk.contents().get(`${TILES}checkpoint`), before);
});
