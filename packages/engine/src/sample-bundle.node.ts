import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { type Bundle, type Fault, loadBundle } from "./bundle.ts";

/** A small policy over payments, for tests: both outcomes, two constraints, a pointed action. */
export const PAYMENTS: string = `writ: 1
name: payments
$defs:
  amount: { type: integer, minimum: 0 }
categories:
  pay:
    action_type: { pointer: /kind }
    input:
      type: object
      additionalProperties: false
      required: [kind, amount]
      properties:
        kind: { type: string, enum: [refund, transfer] }
        amount: { $ref: "#/$defs/amount" }
        account: { type: string }
        divisor: { type: integer }
  say:
    action_type: message
    input:
      type: object
      additionalProperties: false
      required: [text]
      properties: { text: { type: string } }
  stop:
    action_type: halt
    always: BLOCK
    reason: STOPPED
    input: { type: object, additionalProperties: true }
constraints:
  - name: limits
    evaluators:
      - name: far_too_much
        categories: [pay]
        when: input.amount > 1000
        then: BLOCK
        reason: LIMIT_EXCEEDED
      - name: rather_much
        categories: [pay]
        when: input.amount > 100
        then: REWRITE
        rewrite_class: SPLIT
        reason: LARGE
  - name: words
    evaluators:
      - name: says_secret
        categories: [say]
        when: input.text.contains("secret")
        then: BLOCK
        reason: SECRET
      - name: odd_share
        categories: [pay]
        when: |
          input.divisor != null
            && input.amount / input.divisor == 7
        then: REWRITE
        rewrite_class: ROUND
        reason: ODD_SHARE
canaries:
  pay:
    block: [{ kind: refund, amount: 5000 }]
    execute: [{ kind: transfer, amount: 5 }]
  say:
    block: [{ text: the secret }]
    execute: [{ text: hello }]
`;

export function load(
  ...texts: readonly string[]
): { readonly bundle: Bundle } | { readonly faults: readonly Fault[] } {
  return loadBundle(texts.map((text, index) => ({ path: `${index}.yaml`, text })));
}

export function bundleOf(...texts: readonly string[]): Bundle {
  const loaded = load(...texts);
  if ("bundle" in loaded) return loaded.bundle;
  throw new Error(loaded.faults.map((fault) => `${fault.line} ${fault.message}`).join("\n"));
}

export function objectOf(plain: Readonly<Record<string, unknown>>): JsonObject {
  const value = jsonFrom(plain);
  if (value instanceof JsonObject) return value;
  throw new Error("give a plain object");
}

/** The text with the first occurrence of `from` replaced; the test is wrong if there is none. */
export function edit(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`${from} is not in the text`);
  return text.replace(from, () => to);
}

/** One edit of the sample and all the faults that it must give. */
export interface FaultCase {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  /** Each fault: its code, and the text at which it stands. */
  readonly faults: readonly (readonly [code: string, at: string])[];
}

/** Loads the sample after each edit, and expects exactly the case's faults, each at its place. */
export function testFaults(cases: readonly FaultCase[]): void {
  for (const { what, from, to, faults } of cases) {
    test(`load fault: ${what}`, () => {
      const text = edit(PAYMENTS, from, to);
      const found = faultsOf(text);
      const expected = faults.map(([code, at]) => `${code} ${placeOf(text, at)}`);
      const actual = found.map((fault) => `${fault.code} ${fault.line}:${fault.column}`);
      assert.deepEqual(actual, expected, JSON.stringify(found, null, 1));
      for (const { message } of found) assert.match(message, /^[^A-Z]/);
    });
  }
}

export function faultsOf(...texts: readonly string[]): readonly Fault[] {
  const loaded = load(...texts);
  return "faults" in loaded ? loaded.faults : [];
}

/** Line and column of a piece of text that stands there once. */
function placeOf(text: string, piece: string): string {
  const offset = text.indexOf(piece);
  assert.ok(offset >= 0, `${piece} is not in the text`);
  assert.equal(text.indexOf(piece, offset + 1), -1, `${piece} stands there twice`);
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
