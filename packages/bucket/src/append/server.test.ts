import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeRelease } from "./admission-messages.ts";
import {
  ALICE,
  admittedOf,
  appendOf,
  BOB,
  type BucketOptions,
  constitutionWith,
  eventOf,
  openBucket,
  RawPeer,
  RecordingLog,
  type TestBucket,
} from "./bucket.test-support.ts";
import type { Denial } from "./denial.ts";
import type { RejectionCode } from "./ending.ts";
import { frameMessage, MESSAGE_BYTES } from "./framing.ts";
import { decodeEnded, type Ended, MESSAGE } from "./messages.ts";

/** A Bucket with Alice connected at epoch 1. */
async function withAlice(
  t: TestContext,
  options: BucketOptions = {},
): Promise<TestBucket & { readonly alice: RawPeer }> {
  const bucket = await openBucket(t, options);
  const alice = new RawPeer(t, bucket.socketPath);
  assert.equal(await alice.enter(ALICE, 1), MESSAGE.accepted);
  return { ...bucket, alice };
}

async function endingOf(peer: RawPeer): Promise<Ended | undefined> {
  const message = await peer.next();
  if (message === undefined) return undefined;
  assert.equal(message.type, MESSAGE.ended);
  return decodeEnded(message.body);
}

const committed = (batch: number): Ended => ({ batch, ending: { ending: "committed" } });
const rejected = (batch: number, code: RejectionCode): Ended => ({
  batch,
  ending: { ending: "rejected", code },
});

test("what is committed is handed to the log as it was sent", async (t) => {
  const { alice, log } = await withAlice(t);
  const entries = [eventOf(ALICE, 1, 1), eventOf(ALICE, 1, 2)];
  alice.send(appendOf(ALICE, 1, 1, entries));
  assert.deepEqual(await endingOf(alice), committed(1));
  const [submission] = log.submissions;
  assert.equal(submission?.writer, ALICE.name);
  assert.equal(submission.epoch, 1);
  assert.equal(submission.batch, 1);
  assert.deepEqual(submission.entries.map(Buffer.from), entries.map(Buffer.from));
  assert.equal(submission.leafHashes.length, 2 * 32);
});

test("nothing is acknowledged before the log says so, and messages end in any order", async (t) => {
  const { alice, log, server } = await withAlice(t);
  log.hold();
  alice.send(appendOf(ALICE, 1, 1, [eventOf(ALICE, 1, 1)]));
  alice.send(appendOf(ALICE, 1, 2, [new Uint8Array(3)]));
  assert.deepEqual(await endingOf(alice), rejected(2, "SCHEMA_REJECTED"));
  assert.equal(server.inFlight, 1);
  log.release();
  assert.deepEqual(await endingOf(alice), committed(1));
  assert.equal(server.inFlight, 0);
});

interface Rejection {
  readonly options?: BucketOptions;
  readonly code: RejectionCode;
  readonly cause: Denial["cause"];
  readonly message: () => Uint8Array;
}

const good = (sequence = 1): Uint8Array => eventOf(ALICE, 1, sequence);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
const limited = (
  quota: { events: number; bytes: number },
  quotas = { events: 1e6, bytes: 1e9, in_flight: 4096 },
): BucketOptions => ({
  constitution: constitutionWith({
    writers: [{ name: ALICE.name, key: ALICE.verifierKey, quota }],
    quotas,
  }),
});
const PLENTY = { events: 1e6, bytes: 1e9 };

const rejections: Readonly<Record<string, Rejection>> = {
  "an event that is no JSON": {
    code: "SCHEMA_REJECTED",
    cause: "EVENT_SCHEMA",
    message: () => appendOf(ALICE, 1, 1, [bytes("no")]),
  },
  "an empty event": {
    code: "SCHEMA_REJECTED",
    cause: "EVENT_SCHEMA",
    message: () => appendOf(ALICE, 1, 1, [new Uint8Array(0)]),
  },
  "an event that is not canonical": {
    code: "SCHEMA_REJECTED",
    cause: "EVENT_SCHEMA",
    message: () => appendOf(ALICE, 1, 1, [bytes(text(good()).replace(",", ", "))]),
  },
  "an event with a tenth field": {
    code: "SCHEMA_REJECTED",
    cause: "EVENT_SCHEMA",
    message: () => appendOf(ALICE, 1, 1, [bytes(text(good()).replace(/^\{/, '{"aaa":1,'))]),
  },
  "one bad event among good ones": {
    code: "SCHEMA_REJECTED",
    cause: "EVENT_SCHEMA",
    message: () => appendOf(ALICE, 1, 1, [good(1), bytes("{}"), good(2)]),
  },
  "another writer's decision id": {
    code: "GOVERNANCE_DENIED",
    cause: "DECISION_ID",
    message: () => appendOf(ALICE, 1, 1, [eventOf(BOB, 1, 1)]),
  },
  "another epoch's decision id": {
    code: "GOVERNANCE_DENIED",
    cause: "DECISION_ID",
    message: () => appendOf(ALICE, 1, 1, [good(), eventOf(ALICE, 2, 1)]),
  },
  "a batch signed by another writer": {
    code: "GOVERNANCE_DENIED",
    cause: "BATCH_SIGNATURE",
    message: () => appendOf({ name: ALICE.name, sign: BOB.sign }, 1, 1, [good()]),
  },
  "a batch signed for another log": {
    code: "GOVERNANCE_DENIED",
    cause: "BATCH_SIGNATURE",
    message: () => appendOf(ALICE, 1, 1, [good()], { origin: "other.example/log" }),
  },
  "a batch signed for another epoch": {
    code: "GOVERNANCE_DENIED",
    cause: "BATCH_SIGNATURE",
    message: () => appendOf(ALICE, 1, 1, [good()], { epoch: 2 }),
  },
  "a batch signed for another place": {
    code: "GOVERNANCE_DENIED",
    cause: "BATCH_SIGNATURE",
    message: () => appendOf(ALICE, 1, 1, [good()], { batch: 2 }),
  },
  "more in flight than the quota": {
    options: limited(PLENTY, { ...PLENTY, in_flight: 2 }),
    code: "QUOTA_EXCEEDED",
    cause: "IN_FLIGHT_QUOTA",
    message: () => appendOf(ALICE, 1, 1, [good(1), good(2), good(3)]),
  },
  "more events than the writer's quota": {
    options: limited({ events: 1, bytes: 1e9 }),
    code: "QUOTA_EXCEEDED",
    cause: "WRITER_QUOTA",
    message: () => appendOf(ALICE, 1, 1, [good(1), good(2)]),
  },
  "more bytes than the writer's quota": {
    options: limited({ events: 9, bytes: 900 }),
    code: "QUOTA_EXCEEDED",
    cause: "WRITER_QUOTA",
    message: () => appendOf(ALICE, 1, 1, [good()]),
  },
  "more events than the log's quota": {
    options: limited(PLENTY, { events: 1, bytes: 1e9, in_flight: 100 }),
    code: "QUOTA_EXCEEDED",
    cause: "TOTAL_QUOTA",
    message: () => appendOf(ALICE, 1, 1, [good(1), good(2)]),
  },
  "more events than were left by earlier runs": {
    options: {
      ...limited({ events: 10, bytes: 1e9 }),
      writer: new RecordingLog([
        { writer: ALICE.name, epoch: 0, submissions: 1, entries: 9, bytes: 0 },
      ]),
    },
    code: "QUOTA_EXCEEDED",
    cause: "WRITER_QUOTA",
    message: () => appendOf(ALICE, 1, 1, [good(1), good(2)]),
  },
};

for (const [what, { options, code, cause, message }] of Object.entries(rejections)) {
  test(`${what}: ${code}, nothing written, and the connection lives on`, async (t) => {
    const { alice, log, denials, server } = await withAlice(t, options);
    alice.send(message());
    assert.deepEqual(await endingOf(alice), rejected(1, code));
    assert.equal(log.submissions.length, 0);
    assert.equal(server.inFlight, 0);
    assert.deepEqual(
      denials.map((one) => [one.kind, one.cause, one.writer]),
      [["rejection", cause, ALICE.name]],
    );
    if (code === "QUOTA_EXCEEDED" && options?.constitution?.writers[0]?.quota.bytes === 900) return;
    alice.send(appendOf(ALICE, 1, 2, [good()]));
    assert.deepEqual(await endingOf(alice), committed(2));
    assert.equal(log.size, 1);
  });
}

test("a rejected message takes no quota", async (t) => {
  const { alice, log } = await withAlice(t, limited({ events: 2, bytes: 1e9 }));
  for (let batch = 1; batch <= 5; batch += 1) {
    alice.send(appendOf(ALICE, 1, batch, [bytes("{}"), bytes("{}")]));
    assert.deepEqual(await endingOf(alice), rejected(batch, "SCHEMA_REJECTED"));
  }
  alice.send(appendOf(ALICE, 1, 6, [good(1), good(2)]));
  assert.deepEqual(await endingOf(alice), committed(6));
  alice.send(appendOf(ALICE, 1, 7, [good(3)]));
  assert.deepEqual(await endingOf(alice), rejected(7, "QUOTA_EXCEEDED"));
  assert.equal(log.size, 2);
});

test("the in-flight quota is of all writers together, and ends with what it counts", async (t) => {
  const { alice, log, socketPath } = await withAlice(t, {
    constitution: constitutionWith({ quotas: { ...PLENTY, in_flight: 3 } }),
  });
  const bob = new RawPeer(t, socketPath);
  assert.equal(await bob.enter(BOB, 1), MESSAGE.accepted);
  log.hold();
  alice.send(appendOf(ALICE, 1, 1, [good(1), good(2)]));
  while (log.size < 2) await sleep(1);
  bob.send(appendOf(BOB, 1, 1, [eventOf(BOB, 1, 1), eventOf(BOB, 1, 2)]));
  assert.deepEqual(await endingOf(bob), rejected(1, "QUOTA_EXCEEDED"));
  bob.send(appendOf(BOB, 1, 2, [eventOf(BOB, 1, 1)]));
  log.release();
  assert.deepEqual(await endingOf(bob), committed(2));
  assert.deepEqual(await endingOf(alice), committed(1));
});

interface Violation {
  readonly cause: Denial["cause"];
  readonly bytes: () => Uint8Array;
}

const verb = (type: number, length = 0): Uint8Array => frameMessage(type, length);
const violations: Readonly<Record<string, Violation>> = {
  "an unknown verb": { cause: "UNKNOWN_VERB", bytes: () => verb(0x7f, 10) },
  "the verb after the last": { cause: "UNKNOWN_VERB", bytes: () => verb(0x16) },
  "an answer that only the Bucket gives": {
    cause: "OUT_OF_TURN",
    bytes: () => verb(MESSAGE.admitted, 9),
  },
  "an admission of nothing": { cause: "MALFORMED_MESSAGE", bytes: () => verb(MESSAGE.admit, 8) },
  "a release of what was never admitted": {
    cause: "ADMISSION_MISUSED",
    bytes: () => encodeRelease(1),
  },
  "an append under an admission that there is not": {
    cause: "ADMISSION_MISUSED",
    bytes: () => admittedOf(ALICE, 1, 2, [1], [good()]),
  },
  "a second answer": { cause: "OUT_OF_TURN", bytes: () => verb(MESSAGE.answer, 80) },
  "a message that only the Bucket sends": {
    cause: "OUT_OF_TURN",
    bytes: () => verb(MESSAGE.ended, 9),
  },
  "an append without events": {
    cause: "MALFORMED_MESSAGE",
    bytes: () => verb(MESSAGE.append, 76),
  },
  "a message beyond the limit": {
    cause: "MALFORMED_MESSAGE",
    bytes: () => verb(MESSAGE.append, MESSAGE_BYTES).subarray(0, 100),
  },
  "a batch number that was there": {
    cause: "BATCH_NOT_RISING",
    bytes: () => appendOf(ALICE, 1, 1, [good()]),
  },
};

for (const [what, { cause, bytes: sent }] of Object.entries(violations)) {
  test(`${what} is a violation: counted, unanswered, hung up on`, async (t) => {
    const { alice, log, denials } = await withAlice(t);
    alice.send(appendOf(ALICE, 1, 1, [good()]));
    assert.deepEqual(await endingOf(alice), committed(1));
    alice.send(sent());
    assert.equal(await alice.next(), undefined);
    assert.deepEqual(
      denials.map((one) => [one.kind, one.cause, one.writer]),
      [["violation", cause, ALICE.name]],
    );
    assert.equal(log.size, 1);
  });
}

test("an append before the handshake is a violation of nobody's", async (t) => {
  const { socketPath, log, denials } = await openBucket(t);
  const peer = new RawPeer(t, socketPath);
  await peer.hello();
  peer.send(appendOf(ALICE, 1, 1, [good()]));
  assert.equal(await peer.next(), undefined);
  assert.deepEqual(
    denials.map((one) => [one.cause, one.writer]),
    [["OUT_OF_TURN", null]],
  );
  assert.equal(log.size, 0);
});

test("before the handshake a message may not be large", async (t) => {
  const { socketPath, denials } = await openBucket(t);
  const peer = new RawPeer(t, socketPath);
  await peer.hello();
  peer.send(verb(MESSAGE.answer, 5000).subarray(0, 10));
  assert.equal(await peer.next(), undefined);
  assert.equal(denials[0]?.cause, "MALFORMED_MESSAGE");
});

test("a failed write: no answer to anyone, all hung up on, and fatal once", async (t) => {
  const { alice, log, fatal, socketPath } = await withAlice(t);
  const bob = new RawPeer(t, socketPath);
  assert.equal(await bob.enter(BOB, 1), MESSAGE.accepted);
  log.hold();
  bob.send(appendOf(BOB, 1, 1, [eventOf(BOB, 1, 1)]));
  while (log.size < 1) await sleep(1);
  log.breakDown();
  alice.send(appendOf(ALICE, 1, 1, [good()]));
  alice.send(appendOf(ALICE, 1, 2, [good()]));
  assert.equal(await alice.next(), undefined);
  log.release();
  assert.equal(await bob.next(), undefined);
  assert.equal(fatal.length, 1);
  const late = new RawPeer(t, socketPath);
  assert.equal(await late.next(), undefined);
});

test("a log poisoned by itself is fatal too", async (t) => {
  const { alice, log, fatal } = await withAlice(t);
  log.poison();
  assert.equal(await alice.next(), undefined);
  assert.equal(fatal.length, 1);
});

test("a socket with too much unended is not read, and is read again later", async (t) => {
  const { alice, log } = await withAlice(t, { limits: { unendedMessages: 2 } });
  log.hold();
  for (let batch = 1; batch <= 6; batch += 1) {
    alice.send(appendOf(ALICE, 1, batch, [good(batch)]));
  }
  while (log.submissions.length < 2) await sleep(1);
  await sleep(30);
  assert.equal(log.submissions.length, 2);
  log.release();
  for (let batch = 1; batch <= 6; batch += 1) {
    assert.deepEqual(await endingOf(alice), committed(batch));
  }
});

test("close answers what was submitted, then hangs up and removes the socket", async (t) => {
  const { alice, log, server, socketPath } = await withAlice(t);
  log.hold();
  alice.send(appendOf(ALICE, 1, 1, [good()]));
  while (log.size < 1) await sleep(1);
  const closed = server.close();
  alice.send(appendOf(ALICE, 1, 2, [good()]));
  await sleep(10);
  log.release();
  assert.deepEqual(await endingOf(alice), committed(1));
  assert.equal(await alice.next(), undefined);
  await closed;
  assert.equal(log.size, 1);
  assert.ok(!existsSync(socketPath));
});

test("close does not wait forever for a log that does not answer", async (t) => {
  const { alice, log, server } = await withAlice(t, { limits: { closeMs: 30 } });
  log.hold();
  alice.send(appendOf(ALICE, 1, 1, [good()]));
  while (log.size < 1) await sleep(1);
  await server.close();
  assert.equal(await alice.next(), undefined);
});
