import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { Frontier } from "@writ/tlog/tree";
import fc from "fast-check";
import {
  encodeFrame,
  encodeSegmentHead,
  FRAME_HEADER_BYTES,
  type Frame,
  FrameUnencodable,
  findFrame,
  frameBytes,
  readFrame,
  readFrameHeader,
  readSegmentHead,
  type SegmentHead,
  type Tally,
  tally,
} from "./frame.ts";

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const count = fc.oneof(fc.nat(3), fc.maxSafeNat());
const writer = fc
  .integer({ min: 0, max: 2 ** 32 - 1 })
  .map((n) => n.toString(16).padStart(16, "0"));

const frames: fc.Arbitrary<Frame> = fc.record({
  firstIndex: count,
  constitution: bytesOf(32),
  submissions: fc.array(
    fc.record({
      writer,
      epoch: count,
      batch: count,
      signature: bytesOf(64),
      entries: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  note: fc.uint8Array({ minLength: 1, maxLength: 60 }),
});

const heads: fc.Arbitrary<SegmentHead> = fc.record({
  frontier: fc.nat(70).map(frontierOf),
  tallies: fc
    .uniqueArray(
      fc.record({ writer, epoch: count, submissions: count, entries: count, bytes: count }),
      { selector: (one) => one.writer, maxLength: 4 },
    )
    .map((all) => all.sort((a, b) => (a.writer < b.writer ? -1 : 1))),
});

const SMALL: Frame = {
  firstIndex: 300,
  constitution: new Uint8Array(32).fill(1),
  submissions: [
    {
      writer: "00112233445566aa",
      epoch: 2 ** 40 + 5,
      batch: 9,
      signature: new Uint8Array(64).fill(2),
      entries: [Buffer.from('{"a":1}'), new Uint8Array(0)],
    },
  ],
  note: Buffer.from("log.example\n302\nAAAA\n\n— x y\n"),
};

function frontierOf(size: number): Frontier {
  const frontier = new Frontier();
  for (let i = 0; i < size; i += 1) frontier.append(new Uint8Array(32).fill(i));
  return frontier;
}

// The digests come from another program, written from the specification.
test("the bytes of format version 1 are fixed", () => {
  const bytes = encodeFrame(SMALL);
  const digest = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
  assert.equal(digest(bytes), "65d37029e92314b3e192d31b54fe303dd006795977a66004bd97fa410608fad6");
  const head = {
    frontier: frontierOf(5),
    tallies: [tally(undefined, SMALL.submissions[0] ?? never())],
  };
  assert.equal(
    digest(encodeSegmentHead(head)),
    "082c17b14cd184bbe1ce8e43288be074c3843860afb99e7ea03467e7f570f00b",
  );
});

test("a frame reads back as it was, wherever it stands", () => {
  fc.assert(
    fc.property(frames, fc.uint8Array({ maxLength: 9 }), (frame, before) => {
      const bytes = encodeFrame(frame);
      assert.equal(bytes.length, frameBytes(frame.submissions, frame.note.length));
      const read = readFrame(Buffer.concat([before, bytes, before]), before.length);
      assert.ok(read.ok);
      assert.equal(read.end, before.length + bytes.length);
      assert.deepEqual(plain(read.value), plain(frame));
    }),
  );
});

test("a segment's head reads back as it was", () => {
  fc.assert(
    fc.property(heads, fc.uint8Array({ maxLength: 9 }), (head, after) => {
      const bytes = encodeSegmentHead(head);
      const read = readSegmentHead(Buffer.concat([bytes, after]));
      assert.ok(read.ok);
      assert.equal(read.end, bytes.length);
      assert.deepEqual(read.value.frontier.toBytes(), head.frontier.toBytes());
      assert.deepEqual(
        read.value.tallies,
        head.tallies.map((one) => ({ ...one })),
      );
    }),
  );
});

test("every truncation and every flipped bit is found", () => {
  const head = { frontier: frontierOf(5), tallies: talliesOf(2) };
  for (const [bytes, read] of [
    [encodeFrame(SMALL), (data: Uint8Array) => readFrame(data, 0)],
    [encodeSegmentHead(head), readSegmentHead],
  ] as const) {
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = read(bytes.subarray(0, length));
      assert.ok(!cut.ok && cut.defect.code === "FRAME_TORN", `cut to ${length}`);
    }
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.ok(!read(flipped).ok, `bit ${bit}`);
    }
  }
});

test("whatever is accepted is the one encoding of what it says, even with forged checksums", () => {
  let accepted = 0;
  const edit = fc.record({ at: fc.nat(), to: fc.oneof(fc.nat(3), fc.nat(255)) });
  fc.assert(
    fc.property(frames, fc.array(edit, { minLength: 1, maxLength: 3 }), (frame, edits) => {
      const bytes = Uint8Array.from(encodeFrame(frame));
      for (const { at, to } of edits) bytes[at % bytes.length] = to;
      forge(bytes, 56, 0);
      forge(bytes, bytes.length - 4, 0);
      const read = readFrame(bytes, 0);
      if (!read.ok) return;
      accepted += 1;
      assert.deepEqual(
        Buffer.from(encodeFrame(read.value)),
        Buffer.from(bytes.subarray(0, read.end)),
      );
    }),
    { numRuns: 1000 },
  );
  assert.ok(accepted > 300, `${accepted} were accepted`);
});

test("so it is for a segment's head", () => {
  let accepted = 0;
  const edit = fc.record({ at: fc.nat(), to: fc.oneof(fc.nat(3), fc.nat(255)) });
  fc.assert(
    fc.property(heads, fc.array(edit, { minLength: 1, maxLength: 3 }), (head, edits) => {
      const bytes = Uint8Array.from(encodeSegmentHead(head));
      for (const { at, to } of edits) bytes[at % bytes.length] = to;
      forge(bytes, bytes.length - 4, 0);
      const read = readSegmentHead(bytes);
      if (!read.ok) return;
      accepted += 1;
      assert.deepEqual(
        Buffer.from(encodeSegmentHead(read.value)),
        Buffer.from(bytes.subarray(0, read.end)),
      );
    }),
    { numRuns: 1000 },
  );
  assert.ok(accepted > 300, `${accepted} were accepted`);
});

test("arbitrary bytes are refused, never thrown at", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.ok(!readFrame(bytes, 0).ok && !readSegmentHead(bytes).ok);
    }),
  );
});

test("damage stays in its frame", () => {
  fc.assert(
    fc.property(fc.tuple(frames, frames, frames), fc.nat(), ([first, second, third], where) => {
      const parts = [first, second, third].map((one) => encodeFrame(one));
      const log = Buffer.concat(parts);
      const [start, length] = [parts[0]?.length ?? 0, parts[1]?.length ?? 0];
      const at = start + (where % length);
      log[at] = (log[at] ?? 0) ^ 0xff;
      assert.ok(readFrame(log, 0).ok);
      assert.ok(!readFrame(log, start).ok);
      const header = readFrameHeader(log, start);
      assert.equal(header.ok, at - start >= FRAME_HEADER_BYTES);
      if (header.ok) assert.equal(header.value.length, length);
      assert.equal(findFrame(log, start + 1), start + length);
      assert.ok(readFrame(log, start + length).ok);
    }),
  );
});

test("what no frame can hold is not encoded", () => {
  const [submission] = SMALL.submissions;
  assert.ok(submission);
  const bad: Partial<Frame>[] = [
    { firstIndex: 2 ** 53 },
    { firstIndex: -1 },
    { firstIndex: 0.5 },
    { constitution: new Uint8Array(31) },
    { note: new Uint8Array(0) },
    { submissions: [] },
    { submissions: [{ ...submission, writer: "00112233445566AA" }] },
    { submissions: [{ ...submission, writer: "0011" }] },
    { submissions: [{ ...submission, signature: new Uint8Array(63) }] },
    { submissions: [{ ...submission, entries: [] }] },
    { submissions: [{ ...submission, entries: [new Uint8Array(65_536)] }] },
    { submissions: [{ ...submission, entries: Array(600).fill(new Uint8Array(65_535)) }] },
  ];
  for (const one of bad) {
    assert.throws(
      () => encodeFrame({ ...SMALL, ...one }),
      FrameUnencodable,
      JSON.stringify(Object.keys(one)),
    );
  }
  assert.ok(
    readFrame(
      encodeFrame({
        ...SMALL,
        submissions: [{ ...submission, entries: [new Uint8Array(65_535)] }],
      }),
      0,
    ).ok,
  );
  const frontier = frontierOf(1);
  const tallies = talliesOf(2);
  assert.throws(
    () => encodeSegmentHead({ frontier, tallies: tallies.toReversed() }),
    FrameUnencodable,
  );
  assert.throws(
    () => encodeSegmentHead({ frontier, tallies: [...tallies, ...tallies] }),
    FrameUnencodable,
  );
  assert.throws(() => encodeSegmentHead({ frontier, tallies: talliesOf(4097) }), FrameUnencodable);
});

test("a frame of more entries than events could be is neither made nor read", () => {
  const [submission] = SMALL.submissions;
  assert.ok(submission);
  const nothing = new Uint8Array(0);
  const withEntries = (...counts: number[]): Frame => {
    const submissions = counts.map((n) => ({ ...submission, entries: Array(n).fill(nothing) }));
    return { ...SMALL, submissions };
  };
  const most = encodeFrame(withEntries(131_071, 1));
  assert.ok(readFrame(most, 0).ok);
  assert.throws(() => encodeFrame(withEntries(131_072, 1)), FrameUnencodable);
  // One empty entry more, in the second submission, under checksums that match.
  const second = FRAME_HEADER_BYTES + 92 + 2 * 131_071;
  const more = Buffer.concat([
    most.subarray(0, second + 92),
    Buffer.alloc(2),
    most.subarray(second + 92),
  ]);
  more.writeUInt32BE(more.length, 8);
  more.writeUInt32BE(2, second + 88);
  forge(more, 56, 0);
  forge(more, more.length - 4, 0);
  assert.deepEqual(readFrame(more, 0).ok, false);
});

test("a tally adds up", () => {
  fc.assert(
    fc.property(frames, ({ submissions }) => {
      const same = submissions.map((one) => ({ ...one, writer: "00112233445566aa" }));
      const total = same.reduce<Tally | undefined>(tally, undefined);
      const entries = same.flatMap((one) => one.entries);
      assert.deepEqual(total, {
        writer: "00112233445566aa",
        epoch: Math.max(...same.map((one) => one.epoch)),
        submissions: same.length,
        entries: entries.length,
        bytes: Buffer.concat(entries).length,
      });
    }),
  );
});

function talliesOf(number: number): Tally[] {
  return Array.from({ length: number }, (_, i) => ({
    writer: i.toString(16).padStart(16, "0"),
    epoch: 1,
    submissions: 2,
    entries: 3,
    bytes: 4,
  }));
}

/** Puts a checksum over `bytes[from, at)` at `at`, as one who tampers would. */
function forge(bytes: Uint8Array, at: number, from: number): void {
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).setUint32(
    at,
    crc32(bytes.subarray(from, at)),
  );
}

function plain({ submissions, ...frame }: Frame): unknown {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  return {
    ...frame,
    constitution: hex(frame.constitution),
    note: hex(frame.note),
    submissions: submissions.map((one) => ({
      ...one,
      signature: hex(one.signature),
      entries: one.entries.map(hex),
    })),
  };
}

function never(): never {
  throw new Error("the frame has a submission");
}
