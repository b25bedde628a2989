import assert from "node:assert/strict";
import { test } from "node:test";
import { leafHash } from "@writ/tlog/hash";
import { formatSignerKey, parseSignerKey, parseVerifierKey } from "@writ/tlog/note-key";
import fc from "fast-check";
import { type Batch, batchText } from "./batch-signature.ts";

const key = parseSignerKey(formatSignerKey("writer.example/1", new Uint8Array(32).fill(7)));
const { verify } = parseVerifierKey(key.verifierKey);

const counter = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const anyBatch: fc.Arbitrary<Batch> = fc.record({
  origin: fc.stringMatching(/^[a-z0-9./]{1,30}$/),
  writer: fc.stringMatching(/^[0-9a-f]{16}$/),
  epoch: counter,
  batch: counter,
  leafHashes: fc.array(fc.uint8Array({ maxLength: 40 }).map(leafHash), {
    minLength: 1,
    maxLength: 6,
  }),
});

test("the exact bytes of a batch of two", () => {
  const hashes = [new Uint8Array(32).fill(0x11), new Uint8Array(32).fill(0x22)];
  const text = batchText({
    origin: "log.example/writ",
    writer: "0123456789abcdef",
    epoch: 7,
    batch: 3,
    leafHashes: hashes,
  });
  const head = "writ-batch/v1\nlog.example/writ\n0123456789abcdef\n7\n3\n2\n";
  assert.equal(
    Buffer.from(text).toString("latin1"),
    `${head}${"\x11".repeat(32)}${"\x22".repeat(32)}`,
  );
});

test("different batches are different bytes, equal ones the same", () => {
  fc.assert(
    fc.property(anyBatch, anyBatch, (a, b) => {
      const same =
        JSON.stringify([a, a.leafHashes.map(String)]) ===
        JSON.stringify([b, b.leafHashes.map(String)]);
      assert.equal(Buffer.compare(batchText(a), batchText(b)) === 0, same);
    }),
  );
});

/** Every way in which a host could bend a batch that it did not write. */
const bends: Readonly<Record<string, (batch: Batch) => Batch>> = {
  "another log": (batch) => ({ ...batch, origin: `${batch.origin}x` }),
  "another writer": (batch) => ({
    ...batch,
    writer: batch.writer.replace(/^./, (c) => (c === "0" ? "1" : "0")),
  }),
  "another epoch": (batch) => ({ ...batch, epoch: batch.epoch === 1 ? 2 : batch.epoch - 1 }),
  "another place": (batch) => ({ ...batch, batch: batch.batch === 1 ? 2 : batch.batch - 1 }),
  "one event less": (batch) => ({ ...batch, leafHashes: batch.leafHashes.slice(1) }),
  "one event more": (batch) => ({
    ...batch,
    leafHashes: [...batch.leafHashes, leafHash(Uint8Array.of(0))],
  }),
  "one event rewritten": (batch) => ({
    ...batch,
    leafHashes: [leafHash(new TextEncoder().encode("invented")), ...batch.leafHashes.slice(1)],
  }),
  reordered: (batch) => ({ ...batch, leafHashes: [...batch.leafHashes].reverse() }),
};

for (const [how, bend] of Object.entries(bends)) {
  test(`a signature does not hold for ${how}`, () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        fc.pre(
          how !== "reordered" ||
            String(batch.leafHashes) !== String([...batch.leafHashes].reverse()),
        );
        const signature = key.sign(batchText(batch));
        assert.ok(verify(batchText(batch), signature));
        assert.ok(!verify(batchText(bend(batch)), signature));
      }),
      { numRuns: 20 },
    );
  });
}

test("no bit of a signature may change", () => {
  const text = batchText({
    origin: "o",
    writer: "0".repeat(16),
    epoch: 1,
    batch: 1,
    leafHashes: [leafHash(new Uint8Array(0))],
  });
  const signature = key.sign(text);
  for (let bit = 0; bit < 512; bit += 1) {
    const bent = signature.slice();
    bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.ok(!verify(text, bent), `bit ${bit}`);
  }
});
