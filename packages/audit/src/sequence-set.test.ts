import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SequenceSet } from "./sequence-set.ts";

function naiveHoles(seen: ReadonlySet<number>): [number, number][] {
  const holes: [number, number][] = [];
  let next = 1;
  for (const sequence of [...seen].sort((a, b) => a - b)) {
    if (sequence > next) holes.push([next, sequence - 1]);
    next = sequence + 1;
  }
  return holes;
}

const sequences = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1000, max: 2100 }),
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  ),
  { maxLength: 200 },
);

test("agrees with a plain set, whatever the order", () => {
  fc.assert(
    fc.property(sequences, (input) => {
      const seen = new Set<number>();
      const set = new SequenceSet();
      for (const sequence of input) {
        assert.equal(set.add(sequence), !seen.has(sequence));
        seen.add(sequence);
      }
      assert.equal(set.highest, Math.max(0, ...seen));
      assert.deepEqual([...set.holes()], naiveHoles(seen));
    }),
  );
});

test("full chunks are forgotten and still known", () => {
  const set = new SequenceSet();
  for (let sequence = 5000; sequence >= 1; sequence--) assert.equal(set.add(sequence), true);
  assert.deepEqual([...set.holes()], []);
  for (const sequence of [1, 1024, 1025, 4096, 4097, 5000]) {
    assert.equal(set.add(sequence), false);
  }
  assert.equal(set.add(5002), true);
  assert.deepEqual([...set.holes()], [[5001, 5001]]);
});

test("a number chosen to be huge costs nothing but its own chunk", () => {
  const set = new SequenceSet();
  set.add(Number.MAX_SAFE_INTEGER);
  assert.deepEqual([...set.holes()], [[1, Number.MAX_SAFE_INTEGER - 1]]);
});
