import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  admitted,
  COMMITTED,
  connectAlice,
  good,
  large,
  limited,
  rejected,
  UNKNOWN,
  withDoor,
} from "./admission.test-support.ts";
import { decodeAdmit, decodeRelease, encodeAdmit, encodeAdmitted } from "./admission-messages.ts";
import {
  ALICE,
  BOB,
  type BucketOptions,
  constitutionWith,
  eventOf,
  ORIGIN,
  RawPeer,
  stopDeadlines,
} from "./bucket.test-support.ts";
import { connectBucket } from "./client.ts";
import { MESSAGE_BYTES, MessageDecoder } from "./framing.ts";
import { hello, impostor } from "./impostor.test-support.ts";
import { decodeAppendAdmitted, encodeAccepted, encodeCommitted, MESSAGE } from "./messages.ts";
import { QuotaBook } from "./quota.ts";

test("an admission writes nothing, holds room, and its event is committed under it", async (t) => {
  const { door, log, server } = await withDoor(t);
  const admission = await admitted(door, large());
  assert.equal(log.submissions.length, 0);
  assert.equal(server.inFlight, 1);
  assert.deepEqual(await admission.append(good()), COMMITTED);
  assert.equal(server.inFlight, 0);
  assert.deepEqual(log.entries.map(Buffer.from), [Buffer.from(good())]);
});

const refused: Readonly<
  Record<string, { options?: BucketOptions; event?: Uint8Array; cause: string; code: string }>
> = {
  "an event beyond the writer's events": {
    options: limited({ events: 0, bytes: 1e9 }),
    cause: "WRITER_QUOTA",
    code: "QUOTA_EXCEEDED",
  },
  "an event beyond the writer's bytes": {
    options: limited({ events: 9, bytes: 900 }),
    cause: "WRITER_QUOTA",
    code: "QUOTA_EXCEEDED",
  },
  "an event beyond the log's events": {
    options: {
      constitution: constitutionWith({ quotas: { events: 0, bytes: 1e9, in_flight: 9 } }),
    },
    cause: "TOTAL_QUOTA",
    code: "QUOTA_EXCEEDED",
  },
  "an event for which the disk has no room": {
    options: { room: { take: () => false, settle: () => {} } },
    cause: "DISK_ROOM",
    code: "QUOTA_EXCEEDED",
  },
  "another writer's event": {
    event: eventOf(BOB, 1, 1),
    cause: "DECISION_ID",
    code: "GOVERNANCE_DENIED",
  },
  "an event of another epoch": {
    event: eventOf(ALICE, 2, 1),
    cause: "DECISION_ID",
    code: "GOVERNANCE_DENIED",
  },
};

for (const [what, { options, event, cause, code }] of Object.entries(refused)) {
  test(`${what} is not admitted: ${code}, and nothing is held`, async (t) => {
    const { door, log, server, denials } = await withDoor(t, options);
    assert.deepEqual(await door.admit(event ?? good()), { ending: "rejected", code });
    assert.deepEqual(
      denials.map((one) => [one.kind, one.cause, one.writer]),
      [["rejection", cause, ALICE.name]],
    );
    assert.equal(server.inFlight, 0);
    assert.equal(log.submissions.length, 0);
    assert.equal(server.writers, 1);
  });
}

test("what is no event is not admitted, by the door or by the Bucket", async (t) => {
  const { door, socketPath, denials } = await withDoor(t);
  for (const bytes of [new Uint8Array(0), new Uint8Array(65_536), new Uint8Array(3)]) {
    assert.deepEqual(await door.admit(bytes), rejected("SCHEMA_REJECTED"));
  }
  assert.equal(denials.length, 0);
  const bob = new RawPeer(t, socketPath);
  await bob.enter(BOB, 1);
  bob.send(encodeAdmit({ admission: 1, largest: new Uint8Array(3) }));
  const answer = await bob.next();
  assert.deepEqual([answer?.type, answer?.body[8]], [MESSAGE.admitted, 2]);
  assert.deepEqual(
    denials.map(({ cause }) => cause),
    ["EVENT_SCHEMA"],
  );
});

test("what is admitted is taken from everybody's in-flight quota until it ends", async (t) => {
  const { door, socketPath } = await withDoor(t, limited({ events: 9, bytes: 1e9 }, 2));
  const bob = await connectBucket({ socketPath, origin: ORIGIN, writer: BOB, epoch: 1 });
  t.after(() => bob.close());
  const first = await admitted(door, good(1));
  const second = await admitted(door, good(2));
  assert.deepEqual(await bob.append(eventOf(BOB, 1, 1)), rejected("QUOTA_EXCEEDED"));
  assert.deepEqual(await door.admit(good(3)), rejected("QUOTA_EXCEEDED"));
  second.release();
  assert.deepEqual(await bob.append(eventOf(BOB, 1, 2)), COMMITTED);
  assert.deepEqual(await first.append(good(1)), COMMITTED);
});

test("no quota can reject what was admitted, and what it did not need is given back", async (t) => {
  const book = new QuotaBook(constitutionWith(), new Map());
  const needed = book.chargedBytes(1, large(1).length) + book.chargedBytes(1, good(2).length);
  const { door } = await withDoor(t, limited({ events: 2, bytes: needed }));
  const first = await admitted(door, large(1));
  assert.deepEqual(await door.append(large(2)), rejected("QUOTA_EXCEEDED"));
  const second = await admitted(door, good(2));
  assert.deepEqual(await door.append(good(3)), rejected("QUOTA_EXCEEDED"));
  assert.deepEqual(await Promise.all([first.append(large(1)), second.append(good(2))]), [
    COMMITTED,
    COMMITTED,
  ]);
  assert.deepEqual(await door.append(good(4)), rejected("QUOTA_EXCEEDED"));
});

test("an admission is used once, and not for more than it was given for", async (t) => {
  const { door, log, server } = await withDoor(t);
  const admission = await admitted(door, good());
  assert.throws(() => admission.append(large()), { code: "EVENT_TOO_LARGE" });
  assert.deepEqual(await admission.append(good()), COMMITTED);
  assert.throws(() => admission.append(good()), { code: "ADMISSION_SPENT" });
  assert.throws(() => admission.release(), { code: "ADMISSION_SPENT" });
  const other = await admitted(door, good(2));
  other.release();
  assert.throws(() => other.append(good(2)), { code: "ADMISSION_SPENT" });
  assert.deepEqual(await door.append(good(3)), COMMITTED);
  assert.equal(log.size, 2);
  assert.equal(server.inFlight, 0);
});

test("an event of another attempt, or no event, is rejected at the door, and its room free", async (t) => {
  const { door, log, server } = await withDoor(t);
  const first = await admitted(door, good(1));
  const second = await admitted(door, good(2));
  assert.deepEqual(await first.append(good(3)), rejected("GOVERNANCE_DENIED"));
  assert.deepEqual(await second.append(new Uint8Array(3)), rejected("SCHEMA_REJECTED"));
  assert.deepEqual(await door.append(good(4)), COMMITTED);
  assert.equal(log.size, 1);
  assert.equal(server.inFlight, 0);
});

test("admitted and plain appends share the line, and none its message with the other kind", async (t) => {
  const { door, log } = await withDoor(t, {}, { unendedMessages: 1 });
  const admissions = await Promise.all([1, 2, 3].map((sequence) => admitted(door, good(sequence))));
  const [one, two, three] = admissions;
  log.hold();
  const endings = [
    one?.append(good(1)),
    two?.append(good(2)),
    door.append(good(4)),
    door.append(good(5)),
    three?.append(good(3)),
  ];
  while (log.submissions.length < 1) await sleep(1);
  log.release();
  for (const ending of await Promise.all(endings)) assert.deepEqual(ending, COMMITTED);
  assert.deepEqual(
    log.submissions.map((submission) => submission.entries.length),
    [3, 2],
  );
  assert.deepEqual(
    log.entries.map(Buffer.from),
    [1, 2, 3, 4, 5].map((n) => Buffer.from(good(n))),
  );
});

test("what a connection held is free when it is gone, and its admissions end unknown", async (t) => {
  const { door, server, log } = await withDoor(t, limited({ events: 2, bytes: 1e9 }));
  const admission = await admitted(door, good(1));
  const rest = await admitted(door, good(2));
  assert.equal(server.inFlight, 2);
  await server.close();
  await door.closed;
  assert.deepEqual(await admission.append(good(1)), UNKNOWN);
  rest.release();
  assert.equal(server.inFlight, 0);
  assert.deepEqual(await door.admit(good(3)), UNKNOWN);
  assert.equal(log.size, 0);
});

test("close waits for what was admitted, which may still be appended", async (t) => {
  const { door, log } = await withDoor(t);
  const first = await admitted(door, good(1));
  const second = await admitted(door, good(2));
  const closed = door.close();
  assert.deepEqual(await door.admit(good(3)), UNKNOWN);
  assert.deepEqual(await door.append(good(4)), UNKNOWN);
  assert.deepEqual(await first.append(good(1)), COMMITTED);
  second.release();
  await closed;
  assert.equal(log.size, 1);
});

test("the door's own bound counts what is admitted", async (t) => {
  const { door } = await withDoor(t, {}, { inFlight: 2 });
  const first = await admitted(door, good(1));
  await admitted(door, good(2)).then((second) => second.append(good(2)));
  const third = await admitted(door, good(3));
  assert.deepEqual(await door.admit(good(4)), rejected("QUOTA_EXCEEDED"));
  assert.deepEqual(await door.append(good(4)), rejected("QUOTA_EXCEEDED"));
  first.release();
  third.release();
  assert.deepEqual(await door.append(good(4)), COMMITTED);
});

/** A Bucket that a test plays: what the writer says goes to `meet`. */
function played(
  t: TestContext,
  meet: (type: number, body: Uint8Array, send: (bytes: Uint8Array) => void) => void,
): Promise<string> {
  return impostor(t, (socket) => {
    const decoder = new MessageDecoder(MESSAGE_BYTES);
    const send = (bytes: Uint8Array): void => {
      socket.write(bytes);
    };
    send(hello());
    socket.on("data", (chunk: Uint8Array) => {
      decoder.push(chunk);
      for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
        if (next.type === MESSAGE.answer) send(encodeAccepted());
        else meet(next.type, next.body, send);
      }
    });
  });
}

test("an answer that comes too late is given back", async (t) => {
  const pass = stopDeadlines(t);
  const released: number[] = [];
  let answerFirst: (() => void) | undefined;
  const socketPath = await played(t, (type, body, send) => {
    if (type === MESSAGE.release) released.push(decodeRelease(body));
    if (type !== MESSAGE.admit) return;
    const { admission } = decodeAdmit(body);
    const answer = (): void => send(encodeAdmitted({ admission, code: null }));
    if (admission === 1) answerFirst = answer;
    else answer();
  });
  const door = await connectAlice(t, socketPath, { deadlineMs: 30, inFlight: 1 });
  const first = door.admit(good(1));
  while (answerFirst === undefined) await sleep(1);
  pass(30);
  assert.deepEqual(await first, UNKNOWN);
  answerFirst();
  while (released.length === 0) await sleep(1);
  assert.deepEqual(released, [1]);
  (await admitted(door, good(2))).release();
  while (released.length === 1) await sleep(1);
  assert.deepEqual(released, [1, 2]);
});

test("an admitted append that passes its deadline unsent is given back, sent or not at all", async (t) => {
  const pass = stopDeadlines(t);
  const released: number[] = [];
  const appended: number[][] = [];
  let endFirst = (): void => {};
  const socketPath = await played(t, (type, body, send) => {
    if (type === MESSAGE.release) released.push(decodeRelease(body));
    if (type === MESSAGE.admit) {
      send(encodeAdmitted({ admission: decodeAdmit(body).admission, code: null }));
    }
    if (type !== MESSAGE.appendAdmitted) return;
    const { admissions, batch } = decodeAppendAdmitted(body);
    appended.push([...admissions]);
    endFirst = () => send(encodeCommitted(batch));
  });
  const door = await connectAlice(t, socketPath, { deadlineMs: 40, unendedMessages: 1 });
  const [first, second] = [await admitted(door, good(1)), await admitted(door, good(2))];
  const endings = [first.append(good(1))];
  while (appended.length === 0) await sleep(1);
  endings.push(second.append(good(2)));
  await sleep(1);
  pass(40);
  assert.deepEqual(await Promise.all(endings), [UNKNOWN, UNKNOWN]);
  while (released.length === 0) await sleep(1);
  endFirst();
  await sleep(5);
  assert.deepEqual([appended, released], [[[1]], [2]]);
});

test("a Bucket that answers what was never asked is hung up on", async (t) => {
  const socketPath = await played(t, (type, body, send) => {
    if (type !== MESSAGE.admit) return;
    send(encodeAdmitted({ admission: decodeAdmit(body).admission + 1, code: null }));
  });
  const door = await connectAlice(t, socketPath);
  assert.deepEqual(await door.admit(good(1)), UNKNOWN);
  await door.closed;
});
