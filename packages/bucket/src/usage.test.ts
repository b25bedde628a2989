import assert from "node:assert/strict";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parseVerifierKey } from "@writ/tlog/note-key";
import {
  ALICE,
  BOB,
  constitutionWith,
  freshDirectory,
  LOG_KEY,
  ORIGIN,
  STRANGER,
  signer,
} from "./append/bucket.test-support.ts";
import { openLog } from "./append/open-log.ts";
import type { Tally } from "./frame.ts";
import { submissionOf } from "./testing/log-fixture.ts";
import { patientClock } from "./testing/patient-clock.ts";
import { quotaUse, usedBy } from "./usage.ts";

interface Load {
  readonly messages: number;
  readonly events: number;
  readonly length: number;
}

/** Blocks, in bytes, of what stays of log and tiles; partial files go once their tile is full. */
function blocksBelow(directory: string): number {
  const below = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const lasting = below.filter((path) => !path.includes(".p/"));
  return lasting.reduce((sum, path) => sum + 512 * lstatSync(join(directory, path)).blocks, 0);
}

/** Writes a log, each message by itself, and says what it needs and what it was charged. */
async function writtenLog(
  t: TestContext,
  { messages, events, length }: Load,
): Promise<{ needed: number; charged: number }> {
  const directory = freshDirectory(t);
  const log = openLog({
    directory: join(directory, "bucket"),
    guard: join(directory, "guard"),
    key: { origin: ORIGIN, signer: signer(1, ORIGIN), verifier: parseVerifierKey(LOG_KEY) },
    constitution: new Uint8Array(32),
    clock: patientClock,
  });
  for (let i = 0; i < messages; i += 1) await log.submit(submissionOf(log.size, events, length));
  await log.close();
  const needed = ["log", "tiles"].map((name) => blocksBelow(join(directory, "bucket", name)));
  const { bytes } = usedBy(constitutionWith(), log.tallies.values());
  return { needed: needed.reduce((a, b) => a + b, 0), charged: bytes };
}

/** What does not grow with the log: directories, one file of each level that is not full. */
const FIXED_BYTES = 512 * 1024;

const loads: Readonly<Record<string, Load>> = {
  "one message": { messages: 1, events: 1, length: 0 },
  "tiny events, one by one": { messages: 300, events: 1, length: 0 },
  "ordinary events, one by one": { messages: 600, events: 1, length: 700 },
  "ordinary events in batches": { messages: 20, events: 1_000, length: 700 },
  "the smallest events in the largest batches": { messages: 10, events: 4_096, length: 1 },
  "the largest events, beyond a segment": { messages: 17, events: 63, length: 65_535 },
};

for (const [what, load] of Object.entries(loads)) {
  test(`a log needs no more disk than it is charged: ${what}`, async (t) => {
    const { needed, charged } = await writtenLog(t, load);
    assert.ok(needed <= charged + FIXED_BYTES, `needs ${needed}, is charged ${charged}`);
    if (charged > 8 * FIXED_BYTES) assert.ok(charged <= 2 * needed, `${charged} for ${needed}`);
  });
}

const tally = (writer: string, entries: number, bytes: number): [string, Tally] => [
  writer,
  { writer, epoch: 1, submissions: 1, entries, bytes },
];

test("each quota is told with what is used of it, and near from 80 percent on", () => {
  const message = 512 + 2 * ORIGIN.length;
  const held = new Map([
    tally(ALICE.name, 79, 0),
    tally(BOB.name, 8, 0),
    tally(STRANGER.name, 3, 0),
  ]);
  const bytes = (events: number): number => message + 56 * events;
  const constitution = constitutionWith({
    writers: [
      { name: ALICE.name, key: ALICE.verifierKey, quota: { events: 100, bytes: bytes(79) } },
      { name: BOB.name, key: BOB.verifierKey, quota: { events: 10, bytes: 0 } },
    ],
    quotas: { events: 90, bytes: 1_000_000, in_flight: 5 },
  });
  assert.deepEqual(
    quotaUse(constitution, held).map(({ writer, of, used, limit, level }) => [
      writer,
      of,
      used,
      limit,
      level,
    ]),
    [
      [null, "events", 90, 90, "reached"],
      [null, "bytes", 3 * message + 56 * 90, 1_000_000, "free"],
      [ALICE.name, "events", 79, 100, "free"],
      [ALICE.name, "bytes", bytes(79), bytes(79), "reached"],
      [BOB.name, "events", 8, 10, "near"],
      [BOB.name, "bytes", bytes(8), 0, "reached"],
    ],
  );
  assert.deepEqual(
    quotaUse(constitution, new Map()).map(({ used }) => used),
    [0, 0, 0, 0, 0, 0],
  );
});
