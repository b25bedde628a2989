import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonFrom } from "./jcs.ts";
import { JsonObject } from "./json.ts";
import { compileShape, type Shape } from "./shape.ts";

/** So long that the null of the property takes 1 KiB. */
const NAME = "n".repeat(1016);
const FULL = 8192;

function shapeOfLists(additionalProperties: boolean): Shape {
  const properties = { [NAME]: {}, m: { const: 1 } };
  const items = { type: "object", properties, required: ["m"], additionalProperties };
  const compiled = compileShape(
    jsonFrom({
      type: "object",
      properties: { p: { type: "array", items } },
      additionalProperties: false,
    }),
    undefined,
  );
  if ("faults" in compiled) assert.fail(JSON.stringify(compiled.faults));
  return compiled.shape;
}

function list(count: number, ...more: object[]): JsonObject {
  const json = jsonFrom({ p: [...Array.from({ length: count }, () => ({ m: 1 })), ...more] });
  assert(json instanceof JsonObject);
  return json;
}

for (const open of [false, true]) {
  const kind = open ? "open" : "closed";
  test(`nulls for absent properties are filled in up to 8 MiB: ${kind} objects`, () => {
    const shape = shapeOfLists(open);
    const fate = (input: JsonObject): string => {
      const result = shape.normalize(input);
      return result.ok ? result.form : result.refusal;
    };
    const full = fate(list(FULL));
    assert(full.length > 8_388_608);
    assert.equal(fate(list(FULL + 1)), "INPUT_SHAPE_VIOLATION");
    assert.equal(fate(list(FULL, { m: 1 })), "INPUT_SHAPE_VIOLATION");
    assert.equal(fate(list(FULL + 1, {})), "MISSING_MANDATORY_INPUT");
    // A null that was sent is not filled in.
    assert.equal(
      fate(list(FULL, { m: 1, [NAME]: null })),
      full.replace("]", `,{"m":1,"${NAME}":null}]`),
    );
  });
}
