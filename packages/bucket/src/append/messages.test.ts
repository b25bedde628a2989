import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MESSAGE_BYTES, MessageDecoder, WireFault } from "./framing.ts";
import {
  APPEND_ROOM,
  type AppendMessage,
  decodeAnswer,
  decodeAppend,
  decodeEnded,
  decodeHello,
  ENTRY_BYTES,
  EVENTS_PER_MESSAGE,
  encodeAccepted,
  encodeAnswer,
  encodeAppend,
  encodeCommitted,
  encodeHello,
  encodeRefused,
  encodeRejected,
  entryRoom,
} from "./messages.ts";

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const counter = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const name = bytes(8).map((raw) => Buffer.from(raw).toString("hex"));

function bodyOf(message: Uint8Array): Uint8Array {
  const decoder = new MessageDecoder(MESSAGE_BYTES);
  decoder.push(message);
  const found = decoder.next();
  assert.ok(found !== undefined);
  return found.body;
}

function plain(message: AppendMessage): AppendMessage {
  return { ...message, entries: message.entries.map((entry) => Uint8Array.from(entry)) };
}

test("hello comes back as it went", () => {
  fc.assert(
    fc.property(
      bytes(32),
      bytes(32),
      fc.string({ unit: "grapheme", minLength: 1 }),
      (challenge, logKeyHash, origin) => {
        const hello = { version: 1, challenge, logKeyHash, origin };
        assert.deepEqual(decodeHello(bodyOf(encodeHello(hello))), hello);
      },
    ),
  );
});

test("an answer comes back as it went", () => {
  fc.assert(
    fc.property(name, counter, bytes(64), (writer, epoch, signature) => {
      const answer = { writer, epoch, signature };
      assert.deepEqual(decodeAnswer(bodyOf(encodeAnswer(answer))), answer);
    }),
  );
});

test("an append comes back as it went", () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(counter, bytes(64), entries, (batch, signature, sent) => {
      const message = { batch, signature, entries: sent };
      assert.deepEqual(plain(decodeAppend(bodyOf(encodeAppend(message)))), message);
    }),
  );
});

test("the exact bytes of an append", () => {
  const signature = new Uint8Array(64).fill(0xee);
  const message = encodeAppend({
    batch: 258,
    signature,
    entries: [Uint8Array.of(1, 2, 3), new Uint8Array(0)],
  });
  const expected = `00000054 10 0000000000000102 00000002 ${"ee".repeat(64)} 0003 010203 0000`;
  assert.equal(Buffer.from(message).toString("hex"), expected.replaceAll(" ", ""));
});

test("the exact bytes of each ending", () => {
  const hex = (message: Uint8Array): string => Buffer.from(message).toString("hex");
  assert.equal(hex(encodeCommitted(1)), "0000000a11000000000000000100");
  assert.equal(hex(encodeRejected(1, "QUOTA_EXCEEDED")), "0000000a11000000000000000101");
  assert.equal(hex(encodeRejected(1, "SCHEMA_REJECTED")), "0000000a11000000000000000102");
  assert.equal(hex(encodeRejected(1, "GOVERNANCE_DENIED")), "0000000a11000000000000000103");
  assert.equal(hex(encodeAccepted()), "0000000103");
  assert.equal(hex(encodeRefused()), "0000000104");
});

test("endings come back as they went", () => {
  assert.deepEqual(decodeEnded(bodyOf(encodeCommitted(7))), {
    batch: 7,
    ending: { ending: "committed" },
  });
  for (const code of ["QUOTA_EXCEEDED", "SCHEMA_REJECTED", "GOVERNANCE_DENIED"] as const) {
    assert.deepEqual(decodeEnded(bodyOf(encodeRejected(9, code))), {
      batch: 9,
      ending: { ending: "rejected", code },
    });
  }
});

test("what is decoded at all encodes to the same bytes again", () => {
  const valid = encodeAppend({
    batch: 3,
    signature: new Uint8Array(64),
    entries: [Uint8Array.of(1), Uint8Array.of(2, 3)],
  }).subarray(5);
  const mutated = fc
    .tuple(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 3 }), fc.nat(4))
    .map(([changes, missing]) => {
      const copy = valid.slice(0, valid.length - missing);
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (body) => {
      try {
        assert.deepEqual(Buffer.from(bodyOf(encodeAppend(decodeAppend(body)))), Buffer.from(body));
      } catch (error) {
        assert.ok(error instanceof WireFault, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test("garbage is a WireFault to every reader", () => {
  const readers = [decodeHello, decodeAnswer, decodeAppend, decodeEnded];
  fc.assert(
    fc.property(fc.constantFrom(...readers), fc.uint8Array({ maxLength: 150 }), (read, body) => {
      try {
        read(body);
      } catch (error) {
        assert.ok(error instanceof WireFault, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test("counters that a number cannot hold, and zero, are refused", () => {
  const body = bodyOf(
    encodeAnswer({ writer: "00".repeat(8), epoch: 1, signature: new Uint8Array(64) }),
  );
  for (const epoch of [0n, 2n ** 53n, 2n ** 64n - 1n]) {
    const bent = body.slice();
    new DataView(bent.buffer).setBigUint64(8, epoch);
    assert.throws(() => decodeAnswer(bent), WireFault);
  }
});

test("a message has at least one event and at most 4096", () => {
  const of = (count: number): Uint8Array =>
    bodyOf(
      encodeAppend({
        batch: 1,
        signature: new Uint8Array(64),
        entries: Array.from({ length: count }, () => new Uint8Array(1)),
      }),
    );
  assert.throws(() => decodeAppend(of(0)), WireFault);
  assert.equal(decodeAppend(of(EVENTS_PER_MESSAGE)).entries.length, 4096);
  assert.throws(() => decodeAppend(of(EVENTS_PER_MESSAGE + 1)), WireFault);
});

test("APPEND_ROOM is what fills a message exactly", () => {
  const largest = new Uint8Array(ENTRY_BYTES);
  const entries = Array.from({ length: 63 }, () => largest);
  const left = APPEND_ROOM - 63 * entryRoom(largest);
  entries.push(new Uint8Array(left - 2));
  const message = encodeAppend({ batch: 1, signature: new Uint8Array(64), entries });
  assert.equal(message.length, 4 + MESSAGE_BYTES);
  assert.equal(decodeAppend(bodyOf(message)).entries.length, 64);
});
