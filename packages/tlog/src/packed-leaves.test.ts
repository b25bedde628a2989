import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { signingKey, verifyingKey, verifyingKeyLater } from "#ed25519";
import { leafHash, leafHashInto } from "./hash.ts";
import { Frontier } from "./tree.ts";

test("packed leaves make the tree that single ones make, however they are parted", () => {
  const parts = fc.array(fc.nat({ max: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(parts, (counts) => {
      const one = new Frontier();
      const packed = new Frontier();
      let leaf = 0;
      for (const count of counts) {
        const hashes = new Uint8Array(32 * count);
        for (let i = 0; i < count; i += 1) {
          const entry = Buffer.from(`leaf ${leaf++}`);
          leafHashInto(entry, hashes, 32 * i);
          const naive = createHash("sha256").update(Uint8Array.of(0)).update(entry).digest();
          assert.deepEqual(Buffer.from(leafHash(entry)), naive);
          one.append(naive);
        }
        packed.appendAll(hashes);
        assert.deepEqual(packed.toBytes(), one.toBytes());
        assert.deepEqual(packed.root(), one.root());
      }
    }),
    { numRuns: 60 },
  );
  assert.throws(() => new Frontier().appendAll(new Uint8Array(33)), RangeError);
});

test("a signature holds later exactly where it holds at once", async () => {
  const { publicKey, sign } = signingKey(new Uint8Array(32).fill(7));
  const now = verifyingKey(publicKey);
  const later = verifyingKeyLater(publicKey);
  const message = Uint8Array.of(1, 2, 3);
  const signature = sign(message);
  assert.ok(await later(message, signature));
  const bent = Array.from({ length: 512 }, (_, bit) => {
    const copy = signature.slice();
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy;
  });
  const odd = [
    new Uint8Array(64),
    new Uint8Array(63),
    new Uint8Array(0),
    new Uint8Array(64).fill(255),
  ];
  for (const other of [...bent, ...odd]) {
    assert.equal(await later(message, other), false);
    assert.equal(now(message, other), false);
  }
  assert.throws(() => verifyingKeyLater(new Uint8Array(32)), RangeError);
});

test("leaves of every length up to beyond what is kept at hand hash as anybody's would", () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
  const lengths = [...Array(300).keys(), 2046, 2047, 2048, 2049, 65_534, 65_535, 65_536, 70_000];
  // Twice: the second time from what the first has left behind.
  for (const length of [...lengths, ...lengths.toReversed()]) {
    const entry = bytes.subarray(0, length);
    const naive = createHash("sha256").update(Uint8Array.of(0)).update(entry).digest();
    assert.deepEqual(Buffer.from(leafHash(entry)), naive);
  }
});
