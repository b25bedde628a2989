import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Histogram } from "../source/answers.ts";
import { chartOf, eventsOf } from "./chart-geometry.ts";

const START = Date.parse("2026-11-21T20:00:00Z");
const counts = fc.record({
  ALLOW: fc.nat(5000),
  REWRITE: fc.nat(50),
  BLOCK: fc.nat(500),
  failed: fc.nat(5),
});
const histogram: fc.Arbitrary<Histogram> = fc
  .tuple(fc.constantFrom(1, 5, 60, 1800), fc.array(counts, { maxLength: 120 }))
  .map(([step, buckets]) => ({
    from: new Date(START).toISOString(),
    to: new Date(START + Math.max(1, buckets.length) * step * 1000).toISOString(),
    step,
    buckets: buckets.map((each, at) => ({
      at: new Date(START + at * step * 1000).toISOString(),
      ...each,
    })),
  }));

test("bars stand within the chart, one beside the other, and nothing that occurs is unseen", () => {
  fc.assert(
    fc.property(histogram, fc.integer({ min: 200, max: 1400 }), (asked, width) => {
      const height = 150;
      const { bars, levels, ticks } = chartOf(asked, width, height);
      let end = 0;
      for (const { x, width: wide, parts, bucket } of bars) {
        assert.ok(x >= end - 0.001 && x + wide <= width + 1);
        end = x + Math.min(wide, 1);
        let y = height;
        for (const part of parts) {
          assert.ok(part.height >= 2);
          assert.ok(part.y >= 0 && part.y <= y);
          assert.ok(bucket[part.of] > 0);
          y = part.y;
        }
        assert.equal(parts.length > 0, eventsOf(bucket) > 0);
      }
      const most = Math.max(0, ...asked.buckets.map(eventsOf));
      assert.ok((levels[0]?.events ?? 0) >= most);
      assert.ok(ticks.every(({ x }) => x >= 0 && x < width));
    }),
  );
});

test("heights compare as counts do", () => {
  const bucket = { at: new Date(START).toISOString(), REWRITE: 0, BLOCK: 0, failed: 0 };
  const { bars } = chartOf(
    {
      from: new Date(START).toISOString(),
      to: new Date(START + 2000).toISOString(),
      step: 1,
      buckets: [
        { ...bucket, ALLOW: 100 },
        { ...bucket, at: new Date(START + 1000).toISOString(), ALLOW: 50 },
      ],
    },
    100,
    150,
  );
  assert.deepEqual(
    bars.map(({ parts }) => parts[0]?.height),
    [150, 75],
  );
});
