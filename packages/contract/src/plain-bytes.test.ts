import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlainBytes } from "./plain-bytes.ts";

function naive(bytes: Uint8Array, from: number): number {
  const at = bytes.findIndex(
    (byte, i) => i >= from && (byte < 0x20 || byte > 0x7f || byte === 0x5c),
  );
  return at < 0 ? Math.max(from, bytes.length) : at;
}

test("every byte, at every place in a word", () => {
  for (let byte = 0; byte < 256; byte++) {
    for (let at = 0; at < 12; at++) {
      for (const fill of [0x20, 0x5b, 0x5d, 0x7f]) {
        const bytes = new Uint8Array(12).fill(fill);
        bytes[at] = byte;
        const plain = new PlainBytes(bytes);
        for (let from = 0; from <= 12; from++) assert.equal(plain.next(from), naive(bytes, from));
      }
    }
  }
});

test("any bytes, at any alignment", () => {
  const byte = fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(0x20, 0x41, 0x5b, 0x5c, 0x5d, 0x1f, 0x7f, 0x80),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), fc.nat({ max: 7 }), (made, offset) => {
      const room = new Uint8Array(made.length + offset);
      room.set(made, offset);
      const bytes = room.subarray(offset);
      const plain = new PlainBytes(bytes);
      for (let from = 0; from <= bytes.length; from++) {
        assert.equal(plain.next(from), naive(bytes, from));
      }
    }),
    { numRuns: 10_000 },
  );
});
