import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonFrom } from "@writ/contract/jcs";
import { type Json, JsonObject } from "@writ/contract/json";
import { compileShape } from "@writ/contract/shape";
import { searchOf } from "@writ/engine/shapes";
import fc from "fast-check";
import { refusedPlaces } from "./refusal-places.ts";

const DEFS = jsonFrom({
  name: { type: "string", minLength: 1, maxLength: 4 },
  pair: { type: "array", minItems: 2, maxItems: 2, items: { $ref: "#/$defs/name" } },
});
const SCHEMA = jsonFrom({
  type: "object",
  additionalProperties: false,
  required: ["a", "pair"],
  properties: {
    a: { type: ["integer", "null"], minimum: 1 },
    b: { $ref: "#/$defs/name", description: "not said again" },
    pair: { $ref: "#/$defs/pair" },
    open: {
      type: "object",
      additionalProperties: true,
      required: ["x"],
      properties: { x: { type: "string", enum: ["p", "q"] } },
    },
    typed: { type: "object", additionalProperties: { type: "boolean" }, properties: {} },
    exact: { type: "string", exact: true, pattern: "^[a-z]*$" },
    lasting: { type: "string", persistent: true },
    any: true,
  },
});

const UUID = "8f14e45f-ceea-467f-a0e6-3d2b1c5f7a90";
const scalar = fc.constantFrom<unknown[]>(
  ...[null, true, 0, 1, 2, 1.5, "", "p", "ab", "Ab", "too long", UUID, "2025-01-02T03:04:05Z"],
);
const anything = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: scalar, weight: 5 },
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "x", "y/z"), tie("any"), { noNullPrototype: true }),
  ),
})).any;
const input = fc.record(
  {
    ...{ a: anything, b: anything, open: anything, typed: anything, exact: anything },
    ...{ lasting: anything, any: anything, zz: anything },
    pair: fc.oneof(anything, fc.array(scalar, { maxLength: 3 })),
  },
  { requiredKeys: [] },
);

function shapeSays(value: Json): string | null {
  const compiled = compileShape(SCHEMA, DEFS, searchOf);
  assert.ok("shape" in compiled && value instanceof JsonObject);
  const normalized = compiled.shape.normalize(value);
  return normalized.ok ? null : normalized.refusal;
}

test("a place is found exactly where the shape refuses, and the first is of the refusal that decides", () => {
  const seen = new Set<string | null>();
  fc.assert(
    fc.property(
      fc.oneof(input, fc.record({ a: fc.constant(1), pair: fc.constant(["p", "q"]) })),
      (plain) => {
        const value = jsonFrom(plain);
        const [first] = refusedPlaces(SCHEMA, DEFS, value);
        assert.equal(first?.refusal ?? null, shapeSays(value));
        seen.add(first?.refusal ?? null);
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(seen.has(null) && seen.has("MISSING_MANDATORY_INPUT"));
});

test("mended at each place that is told, the input is accepted", () => {
  const good = jsonFrom({ a: 1, pair: ["p", "q"], b: "b", lasting: UUID, any: [1] });
  assert.equal(shapeSays(good), null);
  const bad = { a: 0, pair: ["p"], b: "", typed: { k: 1 }, zz: 1, any: { deep: [UUID] } };
  const told = refusedPlaces(SCHEMA, DEFS, jsonFrom(bad));
  assert.deepEqual(
    told.map(({ pointer, refusal }) => [pointer, refusal]),
    [
      ["/a", "INPUT_SHAPE_VIOLATION"],
      ["/pair", "INPUT_SHAPE_VIOLATION"],
      ["/b", "INPUT_SHAPE_VIOLATION"],
      ["/typed/k", "INPUT_SHAPE_VIOLATION"],
      ["/zz", "INPUT_SHAPE_VIOLATION"],
      ["/any/deep/0", "TRANSIENT_FIELD"],
    ],
  );
});

test("what is told says what the shape asks for, in few words", () => {
  const [first] = refusedPlaces(SCHEMA, DEFS, jsonFrom({ a: 1, pair: ["p", "too long"] }));
  assert.deepEqual(first, {
    pointer: "/pair/1",
    refusal: "INPUT_SHAPE_VIOLATION",
    why: 'is "too long": the shape asks for {"maxLength":4,"minLength":1,"type":"string"}',
  });
  const [missing] = refusedPlaces(SCHEMA, DEFS, jsonFrom({ pair: ["p", "q"], open: { "y/z": 1 } }));
  assert.equal(missing?.pointer, "/a");
  const [escaped] = refusedPlaces(SCHEMA, DEFS, jsonFrom({ a: 1, pair: ["p", "q"], "y/z": 1 }));
  assert.equal(escaped?.pointer, "/y~1z");
});
