import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Gaps, type SequenceRange } from "./gaps.ts";

/** The same by a set of all that was seen. */
function rangesMissing(seen: ReadonlySet<number>): SequenceRange[] {
  const ranges: [number, number][] = [];
  for (let sequence = 1; sequence < Math.max(0, ...seen); sequence++) {
    if (seen.has(sequence)) continue;
    const last = ranges.at(-1);
    if (last?.[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}

const SEQUENCES = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });

test("what is missing is what lies below the highest and was never added, in any order", () => {
  fc.assert(
    fc.property(SEQUENCES, SEQUENCES, (first, then) => {
      const gaps = new Gaps();
      for (const sequence of first) gaps.add(sequence);
      // Going on from what was known is the same as never having stopped.
      const goneOn = new Gaps(gaps.highest, gaps.ranges);
      for (const sequence of then) goneOn.add(sequence);
      const seen = new Set([...first, ...then]);
      assert.deepEqual(goneOn.ranges, rangesMissing(seen));
      assert.equal(goneOn.highest, Math.max(0, ...seen));
      assert.equal(goneOn.missing, goneOn.highest - seen.size);
    }),
    { numRuns: 500 },
  );
});
