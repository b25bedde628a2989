import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { spanOver, spanUntil, timeText, WINDOWS } from "./window.ts";

const time = fc.integer({ min: 1_000_000, max: 4_000_000_000 });

test("a window ends with the bucket of now and is made of whole buckets", () => {
  const names = WINDOWS.map(([name]) => name).filter((name) => name !== "all");
  fc.assert(
    fc.property(fc.constantFrom(...names), time, (name, now) => {
      const { from, to, step } = spanUntil(name, now);
      assert.ok(to - step <= now && now < to);
      assert.equal(to % step, 0);
      assert.equal(from % step, 0);
      assert.ok((to - from) / step <= 60);
    }),
  );
});

test("a span over two times holds both in at most 120 whole buckets", () => {
  fc.assert(
    fc.property(time, fc.nat(60_000_000), (earliest, length) => {
      const latest = earliest + length;
      const { from, to, step } = spanOver(earliest, latest);
      assert.ok(from <= earliest && latest < to);
      assert.equal(from % step, 0);
      assert.equal(to % step, 0);
      assert.ok((to - from) / step <= 120);
    }),
  );
});

test("a time is written as the audit process takes it", () => {
  assert.equal(timeText(0), "1970-01-01T00:00:00Z");
});
