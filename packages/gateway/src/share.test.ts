import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FairShare } from "./share.ts";

/** Takes one for a share where so many are left, as a gateway would. */
function tryTake(share: FairShare, all: number, shares: readonly FairShare[]): boolean {
  const free = all - shares.reduce((sum, { taken }) => sum + taken, 0);
  return free > 0 && share.take(free);
}

test("one who takes all that can be had leaves half, whatever there is", () => {
  for (let all = 1; all <= 100; all += 1) {
    const share = new FairShare();
    while (tryTake(share, all, [share]));
    assert.equal(share.taken, Math.ceil(all / 2));
  }
});

test("of several greedy ones each comes to the same part, and as much is left for one who has none", () => {
  const run = fc.tuple(fc.integer({ min: 64, max: 512 }), fc.integer({ min: 1, max: 7 }), fc.nat());
  fc.assert(
    fc.property(run, ([all, greedy, seed]) => {
      const shares = Array.from({ length: greedy }, () => new FairShare());
      let at = seed;
      // What one has goes back now and then, and whoever comes next takes it.
      for (let turn = 0; turn < 60 * all; turn += 1) {
        at = (at * 1_103_515_245 + 12_345) % 2_147_483_648;
        const share = shares[(at >> 8) % greedy] ?? new FairShare();
        if ((at >> 16) % 4 === 0 && share.taken > 0) share.give();
        else tryTake(share, all, shares);
      }
      for (const share of shares) while (tryTake(share, all, shares));
      const part = all / (greedy + 1);
      for (const { taken } of shares) assert.ok(Math.abs(taken - part) <= part / 2 + 2, `${taken}`);
      const late = new FairShare();
      while (tryTake(late, all, [...shares, late]));
      assert.ok(late.taken >= part / 4 - 1, `${late.taken} of ${all} beside ${greedy}`);
    }),
    { numRuns: 20 },
  );
});

test("where nothing is left for anybody, it is nobody's share that is used up", () => {
  assert.equal(new FairShare().take(0), true);
});
