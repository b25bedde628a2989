import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { type Constitution, constitutionDigest, formatConstitution } from "../constitution.ts";
import {
  ALICE,
  BOB,
  constitutionWith,
  eventOf,
  LOG_KEY,
  ORIGIN,
  STRANGER,
  signer,
} from "./bucket.test-support.ts";
import { connectBucket, HandshakeRefused, type WriterKey } from "./client.ts";
import type { Denial } from "./denial.ts";
import type { RejectionCode } from "./ending.ts";
import { MESSAGE_BYTES, MessageDecoder } from "./framing.ts";
import { MESSAGE } from "./messages.ts";
import { openLog } from "./open-log.ts";
import type { Room } from "./quota.ts";
import { serveAppends } from "./server.ts";

interface Served {
  /** Behind a tap that counts what writers send. */
  readonly socketPath: string;
  readonly denials: Denial[];
  /** Append messages that went through the tap. */
  appends(): number;
  /** Writers who are in. */
  writers(): number;
  /** Every byte of the Bucket's log and epochs on disk. */
  bytes(): string;
}

interface Setting {
  readonly constitution?: Partial<Constitution>;
  readonly room?: Room;
}

/** A Bucket with a real log on a real disk, behind a real socket. */
async function serveBucket(t: TestContext, setting: Setting = {}): Promise<Served> {
  const directory = mkdtempSync(join(tmpdir(), "writ-"));
  const constitution = constitutionWith(setting.constitution);
  const writer = openLog({
    directory: join(directory, "bucket"),
    guard: join(directory, "guard"),
    key: { origin: ORIGIN, signer: signer(1, ORIGIN), verifier: parseVerifierKey(LOG_KEY) },
    constitution: constitutionDigest(formatConstitution(constitution)),
  });
  const denials: Denial[] = [];
  const door = await serveAppends({
    writer,
    constitution,
    socketPath: join(directory, "s"),
    onFatal: (error) => assert.fail(error),
    onDenial: (denial) => denials.push(denial),
    ...(setting.room === undefined ? {} : { room: setting.room }),
  });
  const tap = await startTap(t, directory);
  t.after(async () => {
    await door.close();
    await writer.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    socketPath: tap.socketPath,
    denials,
    appends: tap.appends,
    writers: () => door.writers,
    bytes: () => bytesOf(join(directory, "bucket")),
  };
}

async function startTap(
  t: TestContext,
  directory: string,
): Promise<{ readonly socketPath: string; appends(): number }> {
  const socketPath = join(directory, "tap");
  let appends = 0;
  const server = createServer((from) => {
    const to = connect(join(directory, "s"));
    const decoder = new MessageDecoder(MESSAGE_BYTES);
    from.on("data", (chunk: Uint8Array) => {
      decoder.push(chunk);
      for (let one = decoder.next(); one !== undefined; one = decoder.next()) {
        if (one.type === MESSAGE.append) appends += 1;
      }
    });
    from.pipe(to).pipe(from);
    for (const one of [from, to]) one.on("error", () => {});
    from.on("close", () => to.destroy());
    to.on("close", () => from.destroy());
  });
  server.listen(socketPath);
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  return { socketPath, appends: () => appends };
}

function bytesOf(bucket: string): string {
  const below = readdirSync(bucket, { recursive: true, encoding: "utf8" }).sort();
  const kept = below.filter((path) => /^(log\/|epochs$)/.test(path));
  return kept
    .filter((path) => statSync(join(bucket, path)).isFile())
    .map((path) => `${path}\n${readFileSync(join(bucket, path), "latin1")}`)
    .join("\n");
}

const PLENTY = { events: 1_000_000, bytes: 1_000_000_000 };
const aliceWith = (quota: { events: number; bytes: number }): Partial<Constitution> => ({
  writers: [{ name: ALICE.name, key: ALICE.verifierKey, quota }],
});

interface Rejected {
  readonly code: RejectionCode;
  readonly cause: Denial["cause"];
  readonly event: Uint8Array;
  readonly setting?: Setting;
  /** Signs batches otherwise than its key would; the handshake is as it should be. */
  readonly bent?: (text: Uint8Array) => Uint8Array;
  /** Whether a good event is taken afterwards; none is where a quota is used up. */
  readonly goesOn: boolean;
}

const good = (sequence: number): Uint8Array => eventOf(ALICE, 1, sequence);
const isBatch = (text: Uint8Array): boolean =>
  Buffer.from(text.subarray(0, 14)).toString() === "writ-batch/v1\n";

const rejections: Readonly<Record<string, Rejected>> = {
  "an event that is no event": {
    code: "SCHEMA_REJECTED",
    cause: "EVENT_SCHEMA",
    event: Buffer.from("{}"),
    goesOn: true,
  },
  "an event in another spelling": {
    code: "SCHEMA_REJECTED",
    cause: "EVENT_SCHEMA",
    event: Buffer.from(`${Buffer.from(good(1))}\n`),
    goesOn: true,
  },
  "another writer's decision id": {
    code: "GOVERNANCE_DENIED",
    cause: "DECISION_ID",
    event: eventOf(BOB, 1, 1),
    goesOn: true,
  },
  "an earlier epoch's decision id": {
    code: "GOVERNANCE_DENIED",
    cause: "DECISION_ID",
    event: eventOf(ALICE, 2, 1),
    goesOn: true,
  },
  "a batch that its key did not sign": {
    code: "GOVERNANCE_DENIED",
    cause: "BATCH_SIGNATURE",
    event: good(1),
    bent: (text) => (isBatch(text) ? BOB.sign(text) : ALICE.sign(text)),
    goesOn: false,
  },
  "a writer's quota of events": {
    code: "QUOTA_EXCEEDED",
    cause: "WRITER_QUOTA",
    event: good(1),
    setting: { constitution: aliceWith({ ...PLENTY, events: 0 }) },
    goesOn: false,
  },
  "a writer's quota of bytes": {
    code: "QUOTA_EXCEEDED",
    cause: "WRITER_QUOTA",
    event: good(1),
    setting: { constitution: aliceWith({ ...PLENTY, bytes: 500 }) },
    goesOn: false,
  },
  "the log's quota of events": {
    code: "QUOTA_EXCEEDED",
    cause: "TOTAL_QUOTA",
    event: good(1),
    setting: { constitution: { quotas: { ...PLENTY, events: 0, in_flight: 8 } } },
    goesOn: false,
  },
  "the log's quota of bytes": {
    code: "QUOTA_EXCEEDED",
    cause: "TOTAL_QUOTA",
    event: good(1),
    setting: { constitution: { quotas: { ...PLENTY, bytes: 500, in_flight: 8 } } },
    goesOn: false,
  },
  "a disk with no room": {
    code: "QUOTA_EXCEEDED",
    cause: "DISK_ROOM",
    event: good(1),
    setting: { room: { take: () => false, settle: () => {} } },
    goesOn: false,
  },
};

for (const [what, { code, cause, event, setting, bent, goesOn }] of Object.entries(rejections)) {
  test(`${what}: ${code}, no byte written, sent once, and the connection lives on`, async (t) => {
    const served = await serveBucket(t, setting);
    const writer: WriterKey = bent === undefined ? ALICE : { ...ALICE, sign: bent };
    const door = await connectBucket({
      socketPath: served.socketPath,
      origin: ORIGIN,
      writer,
      epoch: 1,
    });
    t.after(() => door.close());
    const before = served.bytes();
    assert.deepEqual(await door.append(event), { ending: "rejected", code });
    await sleep(30);
    assert.equal(served.appends(), 1);
    assert.equal(served.bytes(), before);
    const named = served.denials.map((one) => [one.kind, one.cause, one.writer]);
    assert.deepEqual(named, [["rejection", cause, ALICE.name]]);
    const next = await door.append(good(2));
    assert.deepEqual(next, goesOn ? { ending: "committed" } : { ending: "rejected", code });
    assert.equal(served.appends(), 2);
    assert.equal(served.bytes() === before, !goesOn);
  });
}

test("a quota's last event fits, the next does not, and what is there stays", async (t) => {
  const served = await serveBucket(t, { constitution: aliceWith({ ...PLENTY, events: 3 }) });
  const { socketPath } = served;
  const door = await connectBucket({ socketPath, origin: ORIGIN, writer: ALICE, epoch: 1 });
  t.after(() => door.close());
  for (let i = 1; i <= 3; i += 1) {
    assert.deepEqual(await door.append(good(i)), { ending: "committed" });
  }
  const before = served.bytes();
  for (let i = 4; i <= 6; i += 1) {
    assert.deepEqual(await door.append(good(i)), { ending: "rejected", code: "QUOTA_EXCEEDED" });
  }
  assert.equal(served.bytes(), before);
});

interface Refused {
  readonly cause: Denial["cause"];
  readonly writer: WriterKey;
  readonly epoch: number;
}

const refusals: Readonly<Record<string, Refused>> = {
  "a key that no constitution names": { cause: "UNKNOWN_WRITER", writer: STRANGER, epoch: 9 },
  "another's name": {
    cause: "HANDSHAKE_SIGNATURE",
    writer: { ...BOB, sign: STRANGER.sign },
    epoch: 9,
  },
  "a second connection": { cause: "WRITER_CONNECTED", writer: ALICE, epoch: 9 },
  "an epoch that was there": { cause: "EPOCH_NOT_GREATER", writer: BOB, epoch: 5 },
  "an epoch before": { cause: "EPOCH_NOT_GREATER", writer: BOB, epoch: 4 },
};

for (const [what, { cause, writer, epoch }] of Object.entries(refusals)) {
  test(`a writer with ${what} is not let in: named, no byte written, others undisturbed`, async (t) => {
    const served = await serveBucket(t);
    const { socketPath } = served;
    const enter = (who: WriterKey, at: number) =>
      connectBucket({ socketPath, origin: ORIGIN, writer: who, epoch: at });
    const bob = await enter(BOB, 5);
    await bob.close();
    const alice = await enter(ALICE, 1);
    t.after(() => alice.close());
    while (served.writers() > 1) await sleep(1);
    const before = served.bytes();
    await assert.rejects(enter(writer, epoch), HandshakeRefused);
    assert.equal(served.bytes(), before);
    assert.equal(served.appends(), 0);
    assert.deepEqual(
      served.denials.map((one) => [one.kind, one.cause, one.writer]),
      [["refusal", cause, writer.name]],
    );
    assert.deepEqual(await alice.append(good(1)), { ending: "committed" });
  });
}
