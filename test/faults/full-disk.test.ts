import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Deployment, deploymentAt } from "../../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../../packages/cli/src/first-use.ts";
import { program } from "../serving.ts";
import { BucketProcess, Customer } from "./bucket-run.ts";
import { requireKept } from "./ledger.ts";

/** More than the room that a Bucket keeps free for itself. */
const DISK = "200m";

/** A small file system in memory; `undefined` where we may not mount one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "writ-disk-"));
  after(() => {
    spawnSync("umount", ["--lazy", folder]);
    rmdirSync(folder);
  });
  const options = `size=${DISK},mode=700`;
  return spawnSync("mount", ["-t", "tmpfs", "-o", options, "writ", folder]).status === 0
    ? folder
    : undefined;
}

const disk = process.getuid?.() === 0 ? smallDisk() : undefined;

/** Leaves about so many bytes free, or none if the Bucket takes some of them meanwhile. */
function fill(ballast: string, leaving: number): void {
  const { bavail, bsize } = statfsSync(join(ballast, ".."));
  try {
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaving), 1));
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && error.code === "ENOSPC");
  }
}

/** `writ serve --only bucket` looks at the disk before it takes an event; the other one does not. */
const serveBucket = ({ data }: Deployment): string[] => [
  program,
  "serve",
  "--only",
  "bucket",
  "--data",
  data,
];
const blindBucket = ({ data }: Deployment): string[] => [
  join(import.meta.dirname, "small-bucket.ts"),
  data,
];

/** Within the room that a Bucket keeps free: it rejects appends before a write can fail. */
const ENOUGH_TO_STOP_IN_TIME = 1_000_000;

interface Stage {
  readonly words: (deployment: Deployment) => string[];
  /** Bytes left free once the Bucket is open. */
  readonly room: number;
}

const STAGES: readonly Stage[] = [
  { words: serveBucket, room: 60_000_000 },
  { words: serveBucket, room: 0 },
  // Such that the log, a tile, the guard, or the file of epochs is the first to find no room.
  ...[120_000, 40_000, 12_288, 4_096, 0].map((room) => ({ words: blindBucket, room })),
];

test("on a full disk a Bucket rejects or stops by name, loses nothing, and goes on once there is room", {
  skip: disk === undefined ? "a small file system can only be mounted by root" : false,
}, async (t) => {
  const folder = disk ?? "";
  const ballast = join(folder, "ballast");
  const at = deploymentAt(join(folder, "data"));
  mkdirSync(at.data);
  prepareDeployment(at);
  let customer = new Customer(at, 0);
  let stopped = 0;
  for (const [i, { words, room }] of STAGES.entries()) {
    customer = customer.of(at, i + 1);
    rmSync(ballast, { force: true });
    const bucket = new BucketProcess(process.execPath, words(at));
    t.after(() => bucket.kill());
    assert.ok(await bucket.ready, bucket.reason);
    fill(ballast, room);
    await customer.append(Array(10).fill(25), 15);
    bucket.stop();
    const ended = await bucket.ended;
    const how = [...customer.endings].map(([ending, count]) => `${count} ${ending}`).join(", ");
    t.diagnostic(`${room} bytes free: ${how || "no connection"}; exit ${ended}`);
    if (room > ENOUGH_TO_STOP_IN_TIME) {
      assert.ok(customer.endings.has("QUOTA_EXCEEDED"), "it rejects while it can still say so");
      assert.ok(!customer.endings.has("unknown"));
      assert.equal(ended, 0);
    }
    if (ended === 0) continue;
    stopped += 1;
    assert.equal(ended, 1);
    assert.match(bucket.reason, /ENOSPC|no space|disk is full|bytes were written/i);
  }
  assert.ok(stopped > 2, "no Bucket ran out of room in the middle of a write");
  rmSync(ballast);
  const last = new BucketProcess(process.execPath, serveBucket(at));
  t.after(() => last.kill());
  assert.ok(await last.ready, last.reason);
  customer = customer.of(at, 100);
  await customer.append([3], 0);
  assert.deepEqual([...customer.endings], [["committed", 3]]);
  last.stop();
  assert.equal(await last.ended, 0);
  const { unknown } = await requireKept(at, customer);
  t.diagnostic(
    `${customer.acknowledged.size} acknowledged, 0 lost; ${unknown} of unknown end are there`,
  );
});
