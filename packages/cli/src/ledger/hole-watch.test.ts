import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type HoleNews, HoleWatch } from "./hole-watch.ts";

const GATEWAY = "0123456789abcdef";
const PATIENCE = 10;

test("a hole is told once it has stayed open, and its filling once it was told", () => {
  const watch = new HoleWatch(PATIENCE);
  const add = (sequence: number, now: number): HoleNews | undefined =>
    watch.add({ gateway: GATEWAY, epoch: 1, sequence }, now);
  assert.equal(add(7, 0), undefined);
  assert.equal(add(11, 1), undefined);
  assert.equal(add(9, 2), undefined);
  assert.deepEqual(watch.due(10), []);
  const hole = { kind: "hole", gateway: GATEWAY, epoch: 1 };
  const due = watch.due(11);
  assert.deepEqual(due, [
    { ...hole, from: 8, to: 8 },
    { ...hole, from: 10, to: 10 },
  ]);
  assert.deepEqual(watch.due(12), []);
  assert.deepEqual(add(10, 13), { ...hole, kind: "filled", from: 10, to: 10 });
  // What came before the first that was seen is not known here, and no hole.
  assert.equal(add(3, 14), undefined);
});

test("an epoch that begins meanwhile is watched from its first attempt on", () => {
  const watch = new HoleWatch(PATIENCE);
  watch.add({ gateway: GATEWAY, epoch: 4, sequence: 70 }, 0);
  watch.add({ gateway: GATEWAY, epoch: 5, sequence: 3 }, 1);
  watch.add({ gateway: "f".repeat(16), epoch: 9, sequence: 30 }, 2);
  const told = watch.due(100).map(({ epoch, from, to }) => [epoch, from, to]);
  assert.deepEqual(told, [[5, 1, 2]]);
});

test("what was told and not filled is what is missing, in any order of arrival", () => {
  const sequences = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 });
  fc.assert(
    fc.property(sequences, fc.nat(30), (arrivals, pause) => {
      const watch = new HoleWatch(PATIENCE);
      const open = new Set<number>();
      const take = (news: readonly HoleNews[]): void => {
        for (const { kind, from, to } of news) {
          for (let sequence = from; sequence <= to; sequence++) {
            if (kind === "hole") open.add(sequence);
            else assert.ok(open.delete(sequence));
          }
        }
      };
      let now = 0;
      for (const sequence of arrivals) {
        const filled = watch.add({ gateway: GATEWAY, epoch: 1, sequence }, now);
        take(filled === undefined ? [] : [filled]);
        take(watch.due(now));
        now += pause;
      }
      take(watch.due(now + PATIENCE));
      const first = arrivals[0] ?? 0;
      const missing = new Set<number>();
      for (let sequence = first; sequence < Math.max(...arrivals); sequence++) {
        if (!arrivals.includes(sequence)) missing.add(sequence);
      }
      assert.deepEqual(new Set([...open].sort()), new Set([...missing].sort()));
    }),
  );
});
