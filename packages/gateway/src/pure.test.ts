import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answerText } from "./answer-text.ts";
import { Deadlines } from "./deadlines.ts";
import { BodyBudget, freeBytes, HeldBytes } from "./held-bytes.ts";
import { LineFramer } from "./line-framer.ts";
import { TokenBucket } from "./token-bucket.ts";

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });

test("an answer's text is its JSON, byte for byte", () => {
  const base = fc.record({
    decision: fc.constantFrom("EXECUTE", "REWRITE", "BLOCK"),
    trace_id: hex(64),
    enforcement_decision_id: fc
      .tuple(hex(16), fc.integer({ min: 1 }), fc.integer({ min: 1 }))
      .map((parts) => parts.join(".")),
    status: fc.constantFrom("success", "failed"),
  });
  const more = fc.oneof(
    fc.constant({}),
    fc.record({ rewrite_class: fc.string() }),
    fc.record({ result: fc.jsonValue() }),
  );
  fc.assert(
    fc.property(base, more, (answer, further) => {
      const whole = { ...answer, ...further } as Parameters<typeof answerText>[0];
      assert.equal(answerText(whole), JSON.stringify(whole));
    }),
  );
});

/** Cuts bytes at these places. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

const limit = 8;
const text = fc.string({ unit: fc.constantFrom("a", "é", "\r", "\n", "\n", "{"), maxLength: 60 });

test("lines are what lies between LFs, however the bytes come", () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), (sent, cuts) => {
      const framer = new LineFramer(limit, new BodyBudget(0));
      const bytes = Buffer.from(sent);
      const lines = pieces(bytes, cuts).flatMap((piece) => [...framer.push(piece)]);
      const last = framer.end();
      const told = (last === undefined ? lines : [...lines, last]).map((line) =>
        typeof line === "string" ? line : Buffer.from(line.bytes).toString(),
      );
      const expected = sent.split("\n");
      if (expected.at(-1) === "") expected.pop();
      assert.deepEqual(
        told,
        expected.map((line) => (Buffer.byteLength(line) > limit ? "TOO_LARGE" : line)),
      );
    }),
  );
});

test("what is held is what was sent, and the budget is whole again after its release", () => {
  const most = 3 * freeBytes;
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 3 * freeBytes }), { maxLength: 8 }),
      fc.nat({ max: most }),
      (sizes, others) => {
        const budget = new BodyBudget(most);
        budget.take(others);
        const held = new HeldBytes(4 * freeBytes, budget);
        const sent: Buffer[] = [];
        let refused: string | undefined;
        for (const [index, size] of sizes.entries()) {
          const piece = Buffer.alloc(size, index + 1);
          refused = held.push(piece);
          if (refused !== undefined) break;
          sent.push(piece);
          assert.ok(budget.held <= most);
          assert.ok(held.length - freeBytes <= budget.held - others);
        }
        if (refused === undefined) assert.deepEqual(Buffer.from(held.bytes), Buffer.concat(sent));
        held.release();
        held.release();
        assert.equal(budget.held, others);
      },
    ),
    { numRuns: 60 },
  );
});

test("small bodies need nothing of the budget", () => {
  const held = new HeldBytes(1 << 21, new BodyBudget(0));
  for (let byte = 0; byte < freeBytes; byte += 1)
    assert.equal(held.push(new Uint8Array(1)), undefined);
  assert.equal(held.push(new Uint8Array(1)), "BODIES");
});

test("a token bucket gives its burst and then its rate, whatever the clock does between", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 1_000, noNaN: true }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.nat({ max: 5_000 }), { minLength: 1, maxLength: 200 }),
      (rate, burst, waits) => {
        let now = 7;
        const bucket = new TokenBucket(rate, burst, now);
        let given = 0;
        for (const wait of waits) {
          now += wait;
          while (bucket.take(now)) given += 1;
          // Never more than the law of the bucket, but for the rounding of its fractions.
          assert.ok(given <= burst + ((now - 7) * rate) / 1_000 + 1e-6);
        }
        now += Math.ceil((burst * 1_000) / rate) + 1;
        let full = 0;
        while (bucket.take(now)) full += 1;
        assert.equal(full, burst);
      },
    ),
  );
});

test("a token bucket gains nothing from a clock that goes back", () => {
  const bucket = new TokenBucket(1, 1, 1_000);
  assert.deepEqual([bucket.take(1_000), bucket.take(0), bucket.take(1_999)], [true, false, false]);
  assert.ok(bucket.take(2_000));
});

test("deadlines tell what is late, once, and forget what is not watched", () => {
  let now = 0;
  const late: string[] = [];
  const deadlines = new Deadlines(60_000, () => now);
  const item = (name: string) => ({ dueAt: 0, late: () => void late.push(name) });
  const [early, later, forgotten] = [item("early"), item("later"), item("forgotten")];
  deadlines.watch(early, 10);
  deadlines.watch(later, 20);
  deadlines.watch(forgotten, 10);
  deadlines.forget(forgotten);
  now = 10;
  deadlines.sweep();
  deadlines.watch(later, 20);
  now = 29;
  deadlines.sweep();
  assert.deepEqual(late, ["early"]);
  now = 30;
  deadlines.sweep();
  deadlines.sweep();
  assert.deepEqual([late, deadlines.size], [["early", "later"], 0]);
  deadlines.close();
});
