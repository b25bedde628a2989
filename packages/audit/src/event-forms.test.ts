import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDecisionId } from "@writ/contract/decision-id";
import { decodeEvent, EventRefused, encodeEvent } from "@writ/contract/event";
import fc from "fast-check";
import { EventForms } from "./event-forms.ts";
import { ALICE, BOB, eventOf } from "./ledger.test-support.ts";

function answer(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EventRefused)) throw error;
    return error.message;
  }
}

function oracle(entry: Uint8Array): unknown {
  return answer(() => parseDecisionId(decodeEvent(entry).enforcement_decision_id));
}

const name = fc.constantFrom(
  "transfer",
  "a",
  '"',
  "\\",
  'x","enforcement_decision_id":"',
  "é",
  "\u2028",
);
const event = fc
  .record({
    writer: fc.constantFrom(ALICE, BOB),
    epoch: fc.constantFrom(1, 2, 2 ** 53 - 1),
    sequence: fc.oneof(
      fc.integer({ min: 1, max: 12 }),
      fc.maxSafeInteger().map((n) => Math.abs(n) + Number(n === 0)),
    ),
    action_type: name,
    adapter_name: fc.option(name),
    second: fc.integer({ min: 0, max: 200 }),
    evaluators: fc.array(fc.tuple(name, fc.constantFrom("EXECUTE", "BLOCK"), fc.option(name)), {
      maxLength: 2,
    }),
  })
  .map(({ writer, epoch, sequence, second, evaluators, ...fields }) => {
    const known = decodeEvent(eventOf(writer, epoch, sequence));
    const timestamp = new Date(Date.UTC(2024, 1, 29, 23, 59, 0, 7) + 1000 * second).toISOString();
    const evaluator_trace = {
      ...known.evaluator_trace,
      evaluators: evaluators as typeof known.evaluator_trace.evaluators,
    };
    return encodeEvent({ ...known, ...fields, timestamp, evaluator_trace });
  });

/** Bytes changed so that most are no events any more, close to where events differ. */
const entry = fc
  .tuple(
    event,
    fc.option(
      fc.record({
        fromEnd: fc.boolean(),
        at: fc.nat({ max: 260 }),
        gone: fc.nat({ max: 2 }),
        put: fc.constantFrom("", "0", "1", "f", "G", '"', ".", ":", "Z", "60", "9007199254740992"),
      }),
      { freq: 2 },
    ),
  )
  .map(([bytes, change]) => {
    if (change === null) return bytes;
    const { fromEnd, gone, put } = change;
    const at = fromEnd ? bytes.length - change.at : change.at;
    return new Uint8Array(
      Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + gone)]),
    );
  });

test("whatever came before, an event is judged as decodeEvent judges it", () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 40 }), (entries) => {
      const forms = new EventForms(decodeEvent);
      for (const one of entries)
        assert.deepEqual(
          answer(() => forms.decisionOf(one)),
          oracle(one),
        );
    }),
    { numRuns: process.env.WRIT_LONG === undefined ? 150 : 20_000 },
  );
});

test("events of known forms are not decoded again; forms that are not met again are forgotten", () => {
  let decoded = 0;
  const forms = new EventForms((bytes) => {
    decoded += 1;
    return decodeEvent(bytes);
  });
  for (let sequence = 1; sequence <= 1000; sequence++)
    forms.decisionOf(eventOf(ALICE, 1, sequence));
  assert.ok(decoded <= 8, `${decoded}`);
  decoded = 0;
  for (let kind = 0; kind < 4_000; kind++)
    forms.decisionOf(eventOf(ALICE, 1, 1, { action_type: `kind ${kind}` }));
  assert.ok(decoded >= 3_900);
  assert.ok(forms.held <= 1024);
});
