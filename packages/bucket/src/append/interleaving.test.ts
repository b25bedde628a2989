import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { equalBytes, leafHash } from "@writ/tlog/hash";
import { Frontier } from "@writ/tlog/tree";
import fc from "fast-check";
import { type Frame, readFrame, readSegmentHead } from "../frame.ts";
import { FaultDisk } from "../testing/fault-disk.ts";
import { KEY, openOn } from "../testing/log-fixture.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import type { OpenWriterKey } from "../writer-key.ts";
import {
  ALICE,
  appendOf,
  BOB,
  constitutionWith,
  eventOf,
  freshDirectory,
  RawPeer,
  writerKey,
} from "./bucket.test-support.ts";
import type { Denial } from "./denial.ts";
import { openHead } from "./head.ts";
import type { LogLimits } from "./log-writer.ts";
import { decodeEnded, MESSAGE } from "./messages.ts";
import { type AppendServer, serveAppends } from "./server.ts";

const CAROL = writerKey(104);
const PLENTY = { events: 1_000_000, bytes: 1_000_000_000 };

interface Served {
  readonly disk: FaultDisk;
  readonly server: AppendServer;
  readonly socketPath: string;
  readonly denials: Denial[];
  /** Closes door and log, and gives what the disk then holds. */
  end(): Promise<Frame[]>;
}

/** A Bucket on a disk in memory, behind a real socket. */
async function serve(
  t: TestContext,
  limits: Partial<LogLimits>,
  aliceQuota: typeof PLENTY = PLENTY,
): Promise<Served> {
  const disk = new FaultDisk();
  disk.makeDirectory("/data");
  disk.syncDirectory("/");
  const log = openOn(disk, new ManualClock(), { limits });
  const denials: Denial[] = [];
  const socketPath = join(freshDirectory(t), "s");
  const server = await serveAppends({
    writer: log,
    constitution: constitutionWith({
      writers: [ALICE, BOB, CAROL].map((writer) => ({
        name: writer.name,
        key: writer.verifierKey,
        quota: writer === ALICE ? aliceQuota : PLENTY,
      })),
    }),
    socketPath,
    onFatal: (error) => assert.fail(error),
    onDenial: (denial) => denials.push(denial),
  });
  const end = async (): Promise<Frame[]> => {
    await server.close();
    await log.close();
    return framesOf(disk);
  };
  return { disk, server, socketPath, denials, end };
}

function framesOf(disk: FaultDisk): Frame[] {
  const segments = [...disk.stableContents()].filter(([path]) => path.endsWith(".frames")).sort();
  return segments.flatMap(([, bytes]) => {
    const head = readSegmentHead(bytes);
    assert.ok(head.ok);
    const frames: Frame[] = [];
    for (let at = head.end; at < bytes.length; ) {
      const read = readFrame(bytes, at);
      assert.ok(read.ok);
      frames.push(read.value);
      at = read.end;
    }
    return frames;
  });
}

const FAULTS = {
  none: "committed",
  signature: "GOVERNANCE_DENIED",
  foreign: "GOVERNANCE_DENIED",
  epoch: "GOVERNANCE_DENIED",
  schema: "SCHEMA_REJECTED",
} as const;
type Fault = keyof typeof FAULTS;

interface Planned {
  readonly count: number;
  readonly fault: Fault;
  readonly skip: number;
}

interface Sent {
  readonly batch: number;
  readonly entries: readonly Uint8Array[];
  readonly fault: Fault;
  readonly bytes: Uint8Array;
}

/** The messages of a plan, each event with a sequence of its own. */
function messagesOf(writer: OpenWriterKey, plan: readonly Planned[]): Sent[] {
  let batch = 0;
  let sequence = 0;
  return plan.map(({ count, fault, skip }) => {
    batch += 1 + skip;
    const entries = Array.from({ length: count }, () => eventOf(writer, 1, ++sequence));
    const bad: Partial<Record<Fault, Uint8Array>> = {
      foreign: eventOf(CAROL, 1, sequence),
      epoch: eventOf(writer, 2, sequence),
      schema: new TextEncoder().encode('{"action_type":'),
    };
    const last = bad[fault];
    if (last !== undefined) entries.splice(sequence % count, 1, last);
    const claim = fault === "signature" ? { batch: batch + 1 } : {};
    return { batch, entries, fault, bytes: appendOf(writer, 1, batch, entries, claim) };
  });
}

/** Sends bytes in pieces that have nothing to do with messages, and lets others in between. */
async function sendInPieces(
  peer: RawPeer,
  bytes: Uint8Array,
  pieces: readonly number[],
): Promise<void> {
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = pieces[i % pieces.length] ?? 1;
    peer.send(bytes.subarray(at, at + size));
    at += size;
    // Not a timer: thousands of single bytes would take a minute of a busy machine.
    if (i % 3 === 0) await turn();
  }
}

async function fatesOf(peer: RawPeer, count: number): Promise<Map<number, string>> {
  const fates = new Map<number, string>();
  while (fates.size < count) {
    const message = await peer.next();
    assert.equal(message?.type, MESSAGE.ended);
    const { batch, ending } = decodeEnded(message.body);
    assert.ok(!fates.has(batch));
    fates.set(batch, ending.ending === "rejected" ? ending.code : ending.ending);
  }
  return fates;
}

async function write(
  t: TestContext,
  socketPath: string,
  writer: OpenWriterKey,
  sent: readonly Sent[],
  pieces: readonly number[],
): Promise<void> {
  const peer = new RawPeer(t, socketPath);
  assert.equal(await peer.enter(writer, 1), MESSAGE.accepted);
  const fates = fatesOf(peer, sent.length);
  await sendInPieces(peer, Buffer.concat(sent.map(({ bytes }) => bytes)), pieces);
  const expected = sent.map(({ batch, fault }) => [batch, FAULTS[fault]] as const);
  assert.deepEqual(new Map([...(await fates)].sort(([a], [b]) => a - b)), new Map(expected));
  peer.socket.destroy();
}

/** What one writer has in the log, in its order. */
function storedOf(frames: readonly Frame[], writer: OpenWriterKey): unknown[] {
  return frames
    .flatMap(({ submissions }) => submissions)
    .filter((one) => one.writer === writer.name)
    .map(({ batch, entries }) => [batch, entries.map((entry) => Buffer.from(entry))]);
}

function committedOf(sent: readonly Sent[]): unknown[] {
  return sent
    .filter(({ fault }) => fault === "none")
    .map(({ batch, entries }) => [batch, entries.map((entry) => Buffer.from(entry))]);
}

/** Every frame holds the head of the tree up to it, made one leaf at a time. */
function requireHeads(frames: readonly Frame[]): void {
  const tree = new Frontier();
  for (const { firstIndex, submissions, note } of frames) {
    assert.equal(firstIndex, tree.size);
    for (const entry of submissions.flatMap(({ entries }) => entries)) tree.append(leafHash(entry));
    const head = openHead(KEY, note);
    assert.equal(head.size, tree.size);
    assert.ok(equalBytes(head.root, tree.root()));
  }
}

/** What is still being judged gives its room back when that is over, and is not written. */
async function nothingInFlight(server: { readonly inFlight: number }): Promise<void> {
  for (let turn = 0; turn < 2_000 && server.inFlight > 0; turn += 1) await sleep(1);
  assert.equal(server.inFlight, 0);
}

const fault = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Fault>("none") },
  { weight: 2, arbitrary: fc.constantFrom<Fault>("signature", "foreign", "epoch", "schema") },
);
const plan = fc.array(
  fc.record({ count: fc.integer({ min: 1, max: 9 }), fault, skip: fc.nat({ max: 2 }) }),
  { maxLength: 14 },
);
const pieces = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 });
const limits = fc.record({
  batchBytes: fc.integer({ min: 1, max: 20_000 }),
  segmentBytes: fc.integer({ min: 70_000, max: 90_000 }),
});

/** What somebody sends who keeps to no protocol, once let in. */
const nonsense = fc.oneof(
  fc.uint8Array({ minLength: 5, maxLength: 300 }),
  fc.constantFrom(
    appendOf(CAROL, 1, 1, [eventOf(CAROL, 1, 1)]).subarray(0, 60),
    appendOf(CAROL, 1, 1, [new Uint8Array(2), new Uint8Array(0)]),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x10),
    Uint8Array.of(0, 0, 0, 0),
    Uint8Array.of(0, 0, 0, 9, 0x14, 0, 0, 0, 0, 0, 0, 0, 1),
  ),
);

test("whatever writers send, and however it arrives, the log holds what was promised", async (t) => {
  await fc.assert(
    fc.asyncProperty(plan, plan, pieces, nonsense, limits, async (a, b, cuts, noise, chosen) => {
      const served = await serve(t, chosen);
      const alice = messagesOf(ALICE, a);
      const bob = messagesOf(BOB, b);
      const carol = new RawPeer(t, served.socketPath);
      assert.equal(await carol.enter(CAROL, 1), MESSAGE.accepted);
      await Promise.all([
        write(t, served.socketPath, ALICE, alice, cuts),
        write(t, served.socketPath, BOB, bob, [...cuts].reverse()),
        sendInPieces(carol, noise, [7, 1]).then(() => carol.socket.destroy()),
      ]);
      const frames = await served.end();
      assert.deepEqual(storedOf(frames, ALICE), committedOf(alice));
      assert.deepEqual(storedOf(frames, BOB), committedOf(bob));
      assert.deepEqual(storedOf(frames, CAROL), []);
      requireHeads(frames);
      await nothingInFlight(served.server);
      const rejected = [...alice, ...bob].filter((one) => one.fault !== "none").length;
      const denied = served.denials.filter(({ writer }) => writer !== CAROL.name);
      assert.equal(denied.length, rejected);
    }),
    { numRuns: 40 },
  );
});

test("a quota's last event fits, the next is rejected, and what is rejected takes nothing", async (t) => {
  await fc.assert(
    fc.asyncProperty(plan, fc.nat({ max: 30 }), async (a, events) => {
      const served = await serve(t, {}, { ...PLENTY, events });
      const peer = new RawPeer(t, served.socketPath);
      assert.equal(await peer.enter(ALICE, 1), MESSAGE.accepted);
      let left = events;
      const committed: Sent[] = [];
      for (const message of messagesOf(ALICE, a)) {
        const { batch, entries, fault: bent, bytes } = message;
        const expected = entries.length > left ? "QUOTA_EXCEEDED" : FAULTS[bent];
        peer.send(bytes);
        assert.equal((await fatesOf(peer, 1)).get(batch), expected);
        if (expected !== "committed") continue;
        left -= entries.length;
        committed.push(message);
      }
      peer.socket.destroy();
      assert.deepEqual(storedOf(await served.end(), ALICE), committedOf(committed));
    }),
    { numRuns: 25 },
  );
});

test("a writer that goes while its messages are judged leaves its next epoch in order", async (t) => {
  const served = await serve(t, {});
  for (let epoch = 1; epoch <= 12; epoch += 1) {
    const peer = new RawPeer(t, served.socketPath);
    assert.equal(await peer.enter(ALICE, epoch), MESSAGE.accepted);
    for (let batch = 1; batch <= 6; batch += 1) {
      peer.send(appendOf(ALICE, epoch, batch, [eventOf(ALICE, epoch, batch)]));
    }
    if (epoch % 3 === 0) await sleep(epoch % 2);
    peer.socket.destroy();
    while (served.server.writers > 0) await sleep(0);
  }
  const epochs = (await served.end()).flatMap(({ submissions }) =>
    submissions.map(({ epoch, batch }) => [epoch, batch] as const),
  );
  const sorted = [...epochs].sort(([e, b], [f, c]) => e - f || b - c);
  assert.deepEqual(epochs, sorted);
  await nothingInFlight(served.server);
});
