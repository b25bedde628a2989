import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Tally } from "../frame.ts";
import { ALICE, BOB, constitutionWith, STRANGER } from "./bucket.test-support.ts";
import { chargedBytes, QuotaBook } from "./quota.ts";

const LIMITS = { alice: { events: 30, bytes: 900 }, bob: { events: 50, bytes: 500 } };
const TOTAL = { events: 60, bytes: 1200, in_flight: 12 };

function book(...tallies: readonly Tally[]): QuotaBook {
  const writers = [
    { name: ALICE.name, key: ALICE.verifierKey, quota: LIMITS.alice },
    { name: BOB.name, key: BOB.verifierKey, quota: LIMITS.bob },
  ];
  return new QuotaBook(
    constitutionWith({ writers, quotas: TOTAL }),
    new Map(tallies.map((one) => [one.writer, one])),
  );
}

const step = fc.record({
  isAlice: fc.boolean(),
  events: fc.integer({ min: 1, max: 6 }),
  bytes: fc.integer({ min: 1, max: 120 }),
  endsFirst: fc.boolean(),
});

test("says the same as adding everything up again", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const quota = book();
      const taken: { writer: string; events: number; bytes: number; open: boolean }[] = [];
      const sum = (writer: string | null, what: "events" | "bytes"): number =>
        taken
          .filter((one) => writer === null || one.writer === writer)
          .reduce((n, one) => n + one[what], 0);
      const open = (): number =>
        taken.filter((one) => one.open).reduce((n, one) => n + one.events, 0);
      for (const { isAlice, events, bytes, endsFirst } of steps) {
        const oldest = taken.find((one) => one.open);
        if (endsFirst && oldest !== undefined) {
          oldest.open = false;
          quota.ended(oldest.events);
        }
        const writer = isAlice ? ALICE.name : BOB.name;
        const limit = isAlice ? LIMITS.alice : LIMITS.bob;
        const own =
          sum(writer, "events") + events > limit.events ||
          sum(writer, "bytes") + bytes > limit.bytes;
        const all =
          sum(null, "events") + events > TOTAL.events || sum(null, "bytes") + bytes > TOTAL.bytes;
        const late = open() + events > TOTAL.in_flight;
        const expected = late
          ? "IN_FLIGHT_QUOTA"
          : own
            ? "WRITER_QUOTA"
            : all
              ? "TOTAL_QUOTA"
              : undefined;
        assert.equal(quota.exceeded(writer, events, bytes), expected);
        if (expected !== undefined) continue;
        quota.take(writer, events, bytes);
        taken.push({ writer, events, bytes, open: true });
        assert.equal(quota.inFlight, open());
      }
    }),
    { numRuns: 300 },
  );
});

function tallyOf(
  { name }: { readonly name: string },
  submissions: number,
  entries: number,
  bytes: number,
): Tally {
  return { writer: name, epoch: 1, submissions, entries, bytes };
}

test("the last event fits, the next does not", () => {
  const quota = book(tallyOf(ALICE, 0, 10, 0));
  assert.equal(quota.exceeded(ALICE.name, 12, 1), undefined);
  quota.take(ALICE.name, 12, 1);
  quota.ended(12);
  assert.equal(quota.exceeded(ALICE.name, 8, 1), undefined);
  assert.equal(quota.exceeded(ALICE.name, 9, 1), "WRITER_QUOTA");
});

test("the last byte fits, the next does not", () => {
  const quota = book(tallyOf(ALICE, 1, 2, 100));
  const left = LIMITS.alice.bytes - (512 + 2 * 40 + 2 * 100);
  assert.equal(quota.exceeded(ALICE.name, 1, left), undefined);
  assert.equal(quota.exceeded(ALICE.name, 1, left + 1), "WRITER_QUOTA");
});

test("what former writers left counts toward the total", () => {
  const quota = book(tallyOf(STRANGER, 1, 4, 200));
  const left = TOTAL.bytes - (512 + 160 + 400);
  assert.equal(quota.exceeded(ALICE.name, 2, left), undefined);
  assert.equal(quota.exceeded(ALICE.name, 2, left + 1), "TOTAL_QUOTA");
});

test("a log charges after a restart what it charged before", () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 90 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 6 }), (messages) => {
      const charged = messages.reduce((sum, message) => sum + chargedBytes(message), 0);
      const all = messages.flat();
      const bytes = all.reduce((sum, entry) => sum + entry.length, 0);
      const quotas = { events: 1e6, bytes: charged + 7, in_flight: 100 };
      const tallies = new Map([[BOB.name, tallyOf(BOB, messages.length, all.length, bytes)]]);
      const quota = new QuotaBook(constitutionWith({ quotas }), tallies);
      assert.equal(quota.exceeded(ALICE.name, 1, 7), undefined);
      assert.equal(quota.exceeded(ALICE.name, 1, 8), "TOTAL_QUOTA");
    }),
  );
});

test("an ending gives back what was in flight, and nothing else", () => {
  const quota = book();
  quota.take(ALICE.name, 12, 10);
  assert.equal(quota.exceeded(ALICE.name, 1, 1), "IN_FLIGHT_QUOTA");
  quota.ended(12);
  assert.equal(quota.exceeded(ALICE.name, 12, 890), undefined);
  assert.equal(quota.exceeded(ALICE.name, 12, 891), "WRITER_QUOTA");
});

test("a message is charged for frame, bundle, tile and checkpoint", () => {
  assert.equal(chargedBytes([new Uint8Array(100), new Uint8Array(0)]), 512 + 240 + 40);
});
