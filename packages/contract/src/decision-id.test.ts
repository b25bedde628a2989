import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatDecisionId,
  gatewayName,
  isDecisionId,
  NotADecisionId,
  parseDecisionId,
} from "./decision-id.ts";

const GATEWAY = "0123456789abcdef";
const MAX = Number.MAX_SAFE_INTEGER;

test("a decision id is written and read alike", () => {
  const counter = fc.integer({ min: 1, max: MAX });
  fc.assert(
    fc.property(
      fc.stringMatching(/^[0-9a-f]{16}$/),
      counter,
      counter,
      (gateway, epoch, sequence) => {
        const text = formatDecisionId(gateway, epoch, sequence);
        assert.deepEqual(parseDecisionId(text), { gateway, epoch, sequence });
        assert.ok(isDecisionId(text));
      },
    ),
    { numRuns: 10_000 },
  );
  assert.equal(formatDecisionId(GATEWAY, 1, MAX), `${GATEWAY}.1.9007199254740991`);
});

test("anything else is refused", () => {
  const texts = [
    "",
    GATEWAY,
    `${GATEWAY}.1`,
    `${GATEWAY}.1.1.1`,
    `${GATEWAY}.0.1`,
    `${GATEWAY}.1.0`,
    `${GATEWAY}.01.1`,
    `${GATEWAY}.1.01`,
    `${GATEWAY}.-1.1`,
    `${GATEWAY}.1.1e3`,
    `${GATEWAY}.1.9007199254740992`,
    `${GATEWAY}.1.10000000000000000`,
    `${GATEWAY}.1.1\n`,
    ` ${GATEWAY}.1.1`,
    `${GATEWAY.toUpperCase()}.1.1`,
    `${GATEWAY.slice(1)}.1.1`,
    `${GATEWAY}0.1.1`,
  ];
  for (const text of texts) {
    assert.throws(() => parseDecisionId(text), NotADecisionId, text);
    assert.equal(isDecisionId(text), false, text);
  }
  for (const number of [0, -1, 1.5, Number.NaN, 2 ** 53, 1e21]) {
    assert.throws(() => formatDecisionId(GATEWAY, number, 1), NotADecisionId);
    assert.throws(() => formatDecisionId(GATEWAY, 1, number), NotADecisionId);
  }
  assert.throws(() => formatDecisionId("gateway", 1, 1), NotADecisionId);
});

test("a gateway is named by its public key", () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  assert.equal(gatewayName(key), createHash("sha256").update(key).digest("hex").slice(0, 16));
  assert.throws(() => gatewayName(key.subarray(1)), RangeError);
});
