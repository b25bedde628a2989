import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import {
  ALICE,
  BOB,
  type BucketOptions,
  constitutionWith,
  eventOf,
  ORIGIN,
  openBucket,
  stopDeadlines,
  type TestBucket,
} from "./bucket.test-support.ts";
import {
  type AppendDoor,
  BucketUnreachable,
  type ClientLimits,
  connectBucket,
  type Ending,
} from "./client.ts";
import { lenient } from "./impostor.test-support.ts";
import { type AppendMessage, encodeAccepted, encodeCommitted } from "./messages.ts";

const COMMITTED: Ending = { ending: "committed" };
const UNKNOWN: Ending = { ending: "unknown" };
const rejected = (code: "QUOTA_EXCEEDED" | "SCHEMA_REJECTED" | "GOVERNANCE_DENIED"): Ending => ({
  ending: "rejected",
  code,
});

async function connectAlice(
  t: TestContext,
  socketPath: string,
  limits: Partial<ClientLimits> = {},
): Promise<AppendDoor> {
  const door = await connectBucket({ socketPath, origin: ORIGIN, writer: ALICE, epoch: 1, limits });
  t.after(() => door.close());
  return door;
}

async function withDoor(
  t: TestContext,
  limits: Partial<ClientLimits> = {},
  options: BucketOptions = {},
): Promise<TestBucket & { readonly door: AppendDoor }> {
  const bucket = await openBucket(t, options);
  const door = await connectAlice(t, bucket.socketPath, limits);
  t.after(() => bucket.log.release());
  return { ...bucket, door };
}

const good = (sequence: number): Uint8Array => eventOf(ALICE, 1, sequence);
const appendMany = (door: AppendDoor, from: number, count: number): Promise<Ending>[] =>
  Array.from({ length: count }, (_, index) => door.append(good(from + index)));

test("an append is committed, and the log holds exactly it", async (t) => {
  const { door, log } = await withDoor(t);
  assert.deepEqual(await door.append(good(1)), COMMITTED);
  assert.deepEqual(log.entries.map(Buffer.from), [Buffer.from(good(1))]);
});

test("every append is in the log once, in the order of the calls", async (t) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 });
  const limits = fc.record({
    unendedMessages: fc.integer({ min: 1, max: 4 }),
    messageEvents: fc.integer({ min: 1, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(sizes, limits, async (bursts, chosen) => {
      const bucket = await openBucket(t);
      const door = await connectAlice(t, bucket.socketPath, chosen);
      const endings: Promise<Ending>[] = [];
      for (const burst of bursts) {
        endings.push(...appendMany(door, endings.length + 1, burst));
        if (burst % 3 === 0) await sleep(0);
      }
      for (const ending of await Promise.all(endings)) assert.deepEqual(ending, COMMITTED);
      const expected = endings.map((_, index) => Buffer.from(good(index + 1)));
      assert.deepEqual(bucket.log.entries.map(Buffer.from), expected);
      const counts = bucket.log.submissions.map((one) => one.entries.length);
      assert.ok(counts.every((count) => count <= chosen.messageEvents));
      await door.close();
      await bucket.server.close();
    }),
    { numRuns: 15 },
  );
});

test("appends made while messages are open gather into the next one", async (t) => {
  const { door, log } = await withDoor(t, { unendedMessages: 2 });
  log.hold();
  const endings = appendMany(door, 1, 1);
  while (log.submissions.length < 1) await sleep(1);
  // Few wait for the message before them; many are worth one beside it.
  endings.push(...appendMany(door, 2, 3));
  for (let turn = 0; turn < 20; turn += 1) await sleep(1);
  assert.equal(log.submissions.length, 1);
  endings.push(...appendMany(door, 5, 40));
  while (log.submissions.length < 2) await sleep(1);
  for (let sequence = 45; sequence < 85; sequence += 1) {
    endings.push(door.append(good(sequence)));
    if (sequence % 20 === 0) await sleep(1);
  }
  log.release();
  for (const ending of await Promise.all(endings)) assert.deepEqual(ending, COMMITTED);
  assert.deepEqual(
    log.submissions.map((one) => [one.batch, one.entries.length]),
    [
      [1, 1],
      [2, 43],
      [3, 40],
    ],
  );
});

test("appends that come turn after turn gather into one message, up to its worth", async (t) => {
  const { door, log } = await withDoor(t);
  const endings: Promise<Ending>[] = [];
  await new Promise<void>((resolve) => {
    let sequence = 0;
    const turn = (): void => {
      sequence += 1;
      endings.push(door.append(good(sequence)));
      // A second one in the first turn: what does not grow is sent.
      if (sequence === 1) turn();
      else if (sequence < 100) setImmediate(turn);
      else resolve();
    };
    turn();
  });
  for (const ending of await Promise.all(endings)) assert.deepEqual(ending, COMMITTED);
  assert.ok((log.submissions[0]?.entries.length ?? 0) >= 30, "a crowd was not gathered");
  assert.ok(log.submissions.length <= 5, `${log.submissions.length} messages`);
});

test("many appends go in as many messages as may be open, so that none waits for all", async (t) => {
  const { door, log } = await withDoor(t, { unendedMessages: 3 });
  for (const ending of await Promise.all(appendMany(door, 1, 300))) {
    assert.deepEqual(ending, COMMITTED);
  }
  assert.deepEqual(
    log.submissions.map((one) => one.entries.length),
    [100, 100, 100],
  );
});

test("what does not fit one message goes in several", async (t) => {
  const { door, log, denials } = await withDoor(t, { unendedMessages: 1 });
  const events = Array.from({ length: 70 }, () => new Uint8Array(65_535).fill(0x20));
  const endings = await Promise.all(events.map((event) => door.append(event)));
  for (const ending of endings) assert.deepEqual(ending, rejected("SCHEMA_REJECTED"));
  // 63 of them fill 4 MiB; each message was judged once.
  assert.equal(denials.length, 2);
  assert.equal(log.size, 0);
});

test("an event that fits no message is rejected at the door", async (t) => {
  const { door, denials } = await withDoor(t);
  assert.deepEqual(await door.append(new Uint8Array(65_536)), rejected("SCHEMA_REJECTED"));
  assert.deepEqual(await door.append(new Uint8Array(0)), rejected("SCHEMA_REJECTED"));
  assert.equal(denials.length, 0);
});

test("each rejection reaches its append, and the door stays open", async (t) => {
  const quota = { events: 2, bytes: 1e9 };
  const { door, log } = await withDoor(
    t,
    {},
    {
      constitution: constitutionWith({
        writers: [{ name: ALICE.name, key: ALICE.verifierKey, quota }],
      }),
    },
  );
  const text = new TextEncoder().encode("{}");
  assert.deepEqual(await door.append(text), rejected("SCHEMA_REJECTED"));
  assert.deepEqual(await door.append(eventOf(BOB, 1, 1)), rejected("GOVERNANCE_DENIED"));
  assert.deepEqual(await door.append(eventOf(ALICE, 2, 1)), rejected("GOVERNANCE_DENIED"));
  assert.deepEqual(await door.append(good(1)), COMMITTED);
  assert.deepEqual(await door.append(good(2)), COMMITTED);
  assert.deepEqual(await door.append(good(3)), rejected("QUOTA_EXCEEDED"));
  assert.equal(log.size, 2);
});

test("a message has one fate: a bad event takes those beside it along", async (t) => {
  const { door, log } = await withDoor(t);
  const endings = [door.append(good(1)), door.append(new Uint8Array(2)), door.append(good(2))];
  for (const ending of await Promise.all(endings)) {
    assert.deepEqual(ending, rejected("SCHEMA_REJECTED"));
  }
  assert.equal(log.size, 0);
});

test("beyond its own bound the door rejects at once", async (t) => {
  const { door, log } = await withDoor(t, { inFlight: 3 });
  log.hold();
  const endings = appendMany(door, 1, 3);
  assert.deepEqual(await door.append(good(4)), rejected("QUOTA_EXCEEDED"));
  log.release();
  for (const ending of await Promise.all(endings)) assert.deepEqual(ending, COMMITTED);
  assert.deepEqual(await door.append(good(5)), COMMITTED);
});

test("a Bucket that dies leaves every open append unknown, sent or not", async (t) => {
  const { door, log, server, socketPath } = await withDoor(
    t,
    { unendedMessages: 1 },
    { limits: { closeMs: 1 } },
  );
  log.hold();
  const sent = appendMany(door, 1, 5);
  while (log.submissions.length < 1) await sleep(1);
  const waiting = appendMany(door, 6, 5);
  await server.close();
  for (const ending of await Promise.all([...sent, ...waiting])) assert.deepEqual(ending, UNKNOWN);
  await door.closed;
  assert.deepEqual(await door.append(good(11)), UNKNOWN);
  assert.equal(log.size, 5);
  await assert.rejects(connectAlice(t, socketPath), BucketUnreachable);
});

test("a poisoned log leaves appends unknown", async (t) => {
  const { door, log, fatal } = await withDoor(t);
  log.breakDown();
  assert.deepEqual(await door.append(good(1)), UNKNOWN);
  await door.closed;
  assert.equal(fatal.length, 1);
});

test("an append past its deadline is unknown, and a later answer changes nothing", async (t) => {
  const pass = stopDeadlines(t);
  const { door, log } = await withDoor(t, { deadlineMs: 40 });
  log.hold();
  const first = door.append(good(1));
  while (log.size < 1) await sleep(1);
  pass(40);
  assert.deepEqual(await first, UNKNOWN);
  assert.equal(log.size, 1);
  log.release();
  assert.deepEqual(await door.append(good(2)), COMMITTED);
  assert.equal(log.size, 2);
});

test("an append that ended late is not counted as ended twice", async (t) => {
  const pass = stopDeadlines(t);
  const { door, log } = await withDoor(t, { deadlineMs: 40, inFlight: 1 });
  log.hold();
  const first = door.append(good(1));
  while (log.size < 1) await sleep(1);
  pass(40);
  assert.deepEqual(await first, UNKNOWN);
  log.release();
  assert.deepEqual(await door.append(good(2)), COMMITTED);
  const [third, fourth] = appendMany(door, 3, 2);
  assert.deepEqual(await fourth, rejected("QUOTA_EXCEEDED"));
  assert.deepEqual(await third, COMMITTED);
});

test("an append that passed its deadline before it was sent is never sent", async (t) => {
  const pass = stopDeadlines(t);
  const { door, log } = await withDoor(t, { deadlineMs: 40, unendedMessages: 1 });
  log.hold();
  const first = door.append(good(1));
  while (log.submissions.length < 1) await sleep(1);
  const second = door.append(good(2));
  await sleep(1);
  pass(40);
  assert.deepEqual(await Promise.all([first, second]), [UNKNOWN, UNKNOWN]);
  log.release();
  assert.deepEqual(await door.append(good(3)), COMMITTED);
  assert.deepEqual(log.entries.map(Buffer.from), [good(1), good(3)].map(Buffer.from));
});

test("a slow Bucket is waited for within the deadline", async (t) => {
  const { door, log } = await withDoor(t, { deadlineMs: 5_000 });
  log.hold();
  const ending = door.append(good(1));
  await sleep(60);
  log.release();
  assert.deepEqual(await ending, COMMITTED);
});

test("close lets what is under way end, and takes no more", async (t) => {
  const { door, log, server } = await withDoor(t, { unendedMessages: 1 });
  log.hold();
  const endings = appendMany(door, 1, 1);
  while (log.submissions.length < 1) await sleep(1);
  endings.push(...appendMany(door, 2, 4));
  const closed = door.close();
  assert.deepEqual(await door.append(good(6)), UNKNOWN);
  log.release();
  for (const ending of await Promise.all(endings)) assert.deepEqual(ending, COMMITTED);
  await closed;
  while (server.writers > 0) await sleep(1);
  assert.equal(log.size, 5);
});

test("close of an idle door hangs up, and may be called again", async (t) => {
  const { door } = await withDoor(t);
  await door.close();
  await door.close();
  await door.closed;
});

test("a key that fails to sign ends the connection, and nothing was sent", async (t) => {
  const { socketPath, log } = await openBucket(t);
  let calls = 0;
  const sign = (text: Uint8Array): Uint8Array => {
    calls += 1;
    if (calls > 1) throw new Error("no key");
    return ALICE.sign(text);
  };
  const writer = { name: ALICE.name, sign };
  const door = await connectBucket({ socketPath, origin: ORIGIN, writer, epoch: 1 });
  assert.deepEqual(await door.append(good(1)), UNKNOWN);
  await door.closed;
  assert.equal(log.size, 0);
});

const lies: Readonly<Record<string, (message: AppendMessage) => Uint8Array>> = {
  "an ending of a batch never sent": ({ batch }) => encodeCommitted(batch + 1),
  "an ending that there is not": ({ batch }) => {
    const bytes = encodeCommitted(batch);
    bytes[13] = 9;
    return bytes;
  },
  "a message that is no ending": () => encodeAccepted(),
  garbage: () => new Uint8Array(64).fill(0xff),
};

for (const [what, lie] of Object.entries(lies)) {
  test(`a Bucket that sends ${what} is hung up on, and the append is unknown`, async (t) => {
    const socketPath = await lenient(t, (socket, message) => socket.write(lie(message)));
    const door = await connectAlice(t, socketPath);
    assert.deepEqual(await door.append(good(1)), UNKNOWN);
    await door.closed;
  });
}

test("an ending said twice ends the connection, not the append twice", async (t) => {
  const socketPath = await lenient(t, (socket, { batch }) => {
    socket.write(Buffer.concat([encodeCommitted(batch), encodeCommitted(batch)]));
  });
  const door = await connectAlice(t, socketPath);
  assert.deepEqual(await door.append(good(1)), COMMITTED);
  await door.closed;
});

test("nothing is ever sent twice, however appends end", async (t) => {
  const pass = stopDeadlines(t);
  const seen: string[] = [];
  let messages = 0;
  const socketPath = await lenient(t, (socket, { batch, entries }) => {
    seen.push(...entries.map((entry) => Buffer.from(entry).toString()));
    messages += 1;
    if (messages === 4) socket.destroy();
    else if (messages % 2 === 0) socket.write(encodeCommitted(batch));
  });
  const door = await connectAlice(t, socketPath, {
    unendedMessages: 3,
    messageEvents: 5,
    deadlineMs: 50,
  });
  let ended = 0;
  const appends = appendMany(door, 1, 40);
  for (const append of appends) {
    void append.then(() => {
      ended += 1;
    });
  }
  while (ended < 5) await sleep(1);
  pass(50);
  const endings = await Promise.all(appends);
  assert.equal(new Set(seen).size, seen.length);
  assert.equal(endings.filter((one) => one.ending === "committed").length, 5);
  assert.equal(endings.filter((one) => one.ending === "unknown").length, 35);
});
