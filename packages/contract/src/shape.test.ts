import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { canonicalJson, jsonFrom } from "./jcs.ts";
import { type Json, JsonObject } from "./json.ts";
import { genericForm } from "./normal-form.ts";
import { compileShape, type Normalized, type Shape } from "./shape.ts";
import { parseStrictJson } from "./strict-json.ts";
import { utf8Bytes } from "./utf8.ts";

const UUID = "123E4567-e89b-12d3-a456-426614174000";
const MOMENT = " 2024-05-20T10:00:00Z";

function object(plain: unknown): JsonObject {
  const json = jsonFrom(plain);
  assert(json instanceof JsonObject);
  return json;
}

function search(source: string): (text: string) => boolean {
  const pattern = new RegExp(source, "u");
  return (text) => pattern.test(text);
}

function shape(schema: object, defs?: object): Shape {
  const compiled = compileShape(jsonFrom(schema), defs && jsonFrom(defs), search);
  if ("faults" in compiled) assert.fail(JSON.stringify(compiled.faults));
  return compiled.shape;
}

/** A closed object with the one optional property `p`. */
function holding(p: unknown, required: string[] = []): object {
  return { type: "object", additionalProperties: false, properties: { p }, required };
}

/** The refusal, or the normal form. */
function fate(result: Normalized): string {
  return result.ok ? result.form : result.refusal;
}

/** What becomes of a value under a schema: its form, or the refusal. */
function under(p: unknown, value: unknown): string {
  const result = fate(shape(holding(p)).normalize(object({ p: value })));
  return result.startsWith('{"p":') ? result.slice(5, -1) : result;
}

const VIOLATION = "INPUT_SHAPE_VIOLATION";
const TRANSIENT = "TRANSIENT_FIELD";
const MISSING = "MISSING_MANDATORY_INPUT";

test("each keyword at its boundaries", () => {
  const fates: [schema: object | true, value: unknown, fate: string][] = [
    [{ type: "string" }, " A\u00c9 ", '"a\u00e9"'],
    [{ type: "string" }, 1, VIOLATION],
    [{ type: "string" }, null, "null"],
    [{ type: "string", minLength: 1 }, " \u2003", VIOLATION],
    [{ type: "string", maxLength: 3 }, " abc ", '"abc"'],
    [{ type: "string", maxLength: 3 }, "abcd", VIOLATION],
    [{ type: "string", minLength: 2, maxLength: 2 }, "\u{1f600}\u{1f600}", '"\u{1f600}\u{1f600}"'],
    [{ type: "string", minLength: 2 }, "\u{1f600}", VIOLATION],
    [{ type: "string", pattern: "b" }, "ABC", '"abc"'],
    [{ type: "string", pattern: "^b" }, " B", '"b"'],
    [{ type: "string", pattern: "^b" }, "abc", VIOLATION],
    [{ type: "string", exact: true }, "abc", '"abc"'],
    [{ type: "string", exact: true }, "Abc", VIOLATION],
    [{ type: "string", exact: true }, "abc ", VIOLATION],
    [{ type: "string", exact: true }, "\ua7ce", '"\ua7ce"'],
    [{ type: "string", exact: false }, "A", '"a"'],
    [{ type: "string" }, UUID, TRANSIENT],
    [{ type: "string" }, MOMENT, TRANSIENT],
    [{ type: "string" }, "2024-05-20", '"2024-05-20"'],
    [{ type: "string", persistent: true }, UUID, `"${UUID.toLowerCase()}"`],
    [{ type: "string", persistent: true }, MOMENT, '"2024-05-20t10:00:00z"'],
    [{ type: "string", persistent: true, exact: true }, UUID, VIOLATION],
    [{ type: "string", exact: true }, UUID, VIOLATION],
    [{ enum: ["a", "b"] }, " B", '"b"'],
    [{ enum: ["a", "b"] }, "c", VIOLATION],
    [{ enum: ["a", null] }, null, "null"],
    [{ const: "stra\u00dfe" }, "STRA\u00dfE", '"stra\u00dfe"'],
    [{ const: 1 }, 1, "1"],
    [{ const: 1 }, true, VIOLATION],
    [{ const: 0 }, -0, "0"],
    [{ const: true }, true, "true"],
    [{ const: true }, false, VIOLATION],
    [{ enum: [1, 1.5] }, 1.5, "1.5"],
    [{ type: "integer" }, 2 ** 53 - 1, "9007199254740991"],
    [{ type: "integer" }, 2 ** 53, VIOLATION],
    [{ type: "integer" }, -(2 ** 53), VIOLATION],
    [{ type: "integer" }, 0.5, VIOLATION],
    [{ type: "number" }, 2 ** 53, "9007199254740992"],
    [{ type: "number" }, "1", VIOLATION],
    [{ type: "number", minimum: 1, maximum: 2 }, 1, "1"],
    [{ type: "number", minimum: 1, maximum: 2 }, 2, "2"],
    [{ type: "number", minimum: 1 }, 0.9999999999999999, VIOLATION],
    [{ type: "number", maximum: 2 }, 2.0000000000000004, VIOLATION],
    [{ type: "integer", exclusiveMinimum: 1 }, 1, VIOLATION],
    [{ type: "integer", exclusiveMaximum: 1 }, 1, VIOLATION],
    [{ type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 2 }, 1, "1"],
    [{ type: "boolean" }, false, "false"],
    [{ type: "boolean" }, 0, VIOLATION],
    [{ type: "null" }, null, "null"],
    [{ type: "null" }, false, VIOLATION],
    [{ type: "array" }, [1, "A", null, [{}]], '[1,"a",null,[{}]]'],
    [{ type: "array" }, { 0: 1 }, VIOLATION],
    [{ type: "array", items: { type: "integer" } }, [1, "a"], VIOLATION],
    [{ type: "array", items: { type: "integer" } }, [null], VIOLATION],
    [{ type: "array", items: { type: ["integer", "null"] } }, [null, 2, 1], "[null,2,1]"],
    [{ type: "array", minItems: 1 }, [], VIOLATION],
    [{ type: "array", minItems: 1, maxItems: 1 }, [0], "[0]"],
    [{ type: "array", maxItems: 1 }, [0, 0], VIOLATION],
    [
      { type: "array", unordered: true },
      [10, 9, "B ", "a", "A", null, 9],
      '["a","a","b",10,9,9,null]',
    ],
    [{ type: "array", unordered: true }, ["\uffee", "\u{1f600}"], '["\u{1f600}","\uffee"]'],
    [{ type: "array" }, [UUID], TRANSIENT],
    [
      { type: "array", items: { type: "string", persistent: true } },
      [UUID],
      `["${UUID.toLowerCase()}"]`,
    ],
    [
      { type: "object", additionalProperties: true },
      { B: " X", a: [1], 10: 1, 9: 1 },
      '{"10":1,"9":1,"B":"x","a":[1]}',
    ],
    [{ type: "object", additionalProperties: true }, { a: [[MOMENT]] }, TRANSIENT],
    [{ type: "object", additionalProperties: true }, { [UUID]: 1 }, `{"${UUID}":1}`],
    [{ type: "object", additionalProperties: false }, { a: null }, VIOLATION],
    [{ type: "object", additionalProperties: { type: "integer" } }, { a: 1 }, '{"a":1}'],
    [{ type: "object", additionalProperties: { type: "integer" } }, { a: null }, VIOLATION],
    [{ type: "object", additionalProperties: false }, [], VIOLATION],
    [true, { a: [" B"] }, '{"a":["b"]}'],
    [{}, UUID, TRANSIENT],
    [{ title: "any" }, 1e21, "1e+21"],
  ];
  for (const [schema, value, expected] of fates) {
    assert.equal(
      under(schema, value),
      expected,
      `${JSON.stringify(schema)} ${JSON.stringify(value)}`,
    );
  }
});

test("equal forms fare equally: a length counts what trimming leaves", () => {
  const bounded = shape(holding({ type: "string", maxLength: 3 }));
  assert.deepEqual(
    bounded.normalize(object({ p: "\u3000abc " })),
    bounded.normalize(object({ p: "abc" })),
  );
});

test("absent optional properties become null at every depth, mandatory ones are missing", () => {
  const inner = {
    type: "object",
    additionalProperties: false,
    properties: { b: { type: "integer" }, a: { type: ["string", "null"] } },
    required: ["a"],
  };
  const outer = shape({ ...holding({ type: "array", items: inner }), required: [] });
  assert.equal(fate(outer.normalize(object({}))), '{"p":null}');
  assert.equal(fate(outer.normalize(object({ p: [{ a: null }] }))), '{"p":[{"a":null,"b":null}]}');
  assert.equal(fate(outer.normalize(object({ p: [{ a: null }, { b: 1 }] }))), MISSING);
  const mandatory = shape(holding({ type: "string" }, ["p"]));
  assert.equal(fate(mandatory.normalize(object({}))), MISSING);
  assert.equal(fate(mandatory.normalize(object({ p: null }))), VIOLATION);
  const open = shape({
    type: "object",
    additionalProperties: true,
    properties: { m: { type: "integer" }, z: { type: "string" } },
  });
  assert.equal(fate(open.normalize(object({ n: 1, a: 2 }))), '{"a":2,"m":null,"n":1,"z":null}');
});

test("one order of precedence, over the whole input", () => {
  const schema = {
    type: "object",
    additionalProperties: false,
    properties: {
      a: { type: "string" },
      b: { type: "integer" },
      z: holding({ type: "integer" }, ["p"]),
    },
  };
  const judge = (input: object): string => fate(shape(schema).normalize(object(input)));
  assert.equal(judge({ a: UUID }), TRANSIENT);
  assert.equal(judge({ a: UUID, b: "x" }), VIOLATION);
  assert.equal(judge({ a: UUID, undeclared: 1 }), VIOLATION);
  assert.equal(judge({ a: UUID, b: "x", z: {} }), MISSING);
  assert.equal(judge({ host: {}, a: UUID, z: {} }), MISSING);
  assert.equal(judge({ a: UUID, z: "not an object" }), VIOLATION);
});

test("what is refused is named by steps 1 and 2 in brackets", () => {
  const closed = shape(holding({ type: "string", exact: true }));
  const refused = closed.normalize(object({ p: " A", Q: [" B ", 1.5, { z: null, Y: true }] }));
  assert.equal(refused.form, '[{"Q":["b",1.5,{"Y":true,"z":null}],"p":"a"}]');
  assert.equal(genericForm(jsonFrom({ b: "\u0000 X", a: [] })), '{"a":[],"b":"\\u0000 x"}');
});

test("a host that no input could hold is an error of enforcement, where it is used", () => {
  const closed = { type: "object", additionalProperties: false };
  const declared = shape({
    ...closed,
    properties: { host: { ...closed, properties: { facts: true } } },
  });
  const nested = (depth: number): JsonObject => {
    let facts: Json = 1;
    for (let i = 1; i < depth; i++) facts = [facts];
    return new JsonObject(["facts"], [facts]);
  };
  const { ok, form } = declared.normalize(object({}), nested(63));
  assert.deepEqual([ok, form.length], [true, '{"host":{"facts":1}}'.length + 2 * 62]);
  assert.throws(() => declared.normalize(object({}), nested(64)), RangeError);
  assert.throws(() => declared.normalize(object({}), nested(100_000)), RangeError);
  assert.equal(fate(declared.normalize(object({ host: 1 }), nested(64))), VIOLATION);
  assert.equal(fate(shape(closed).normalize(object({}), nested(64))), "{}");
});

test("host is enforcement's alone", () => {
  const host = {
    type: "object",
    additionalProperties: false,
    properties: {
      caller: { type: "string", exact: true },
      facts: {
        type: "object",
        additionalProperties: false,
        properties: { age: { type: "integer" } },
      },
      validators: {
        type: "object",
        additionalProperties: { type: "object", additionalProperties: true },
      },
    },
    required: ["caller"],
  };
  const declared = shape({
    ...holding({ type: "integer" }),
    properties: { p: { type: "integer" }, host },
  });
  const given = object({ caller: "desk", facts: { age: 7, more: UUID }, stray: { x: MOMENT } });
  assert.equal(
    fate(declared.normalize(object({ p: 1 }), given)),
    '{"host":{"caller":"desk","facts":{"age":7},"validators":null},"p":1}',
  );
  assert.equal(fate(declared.normalize(object({}))), '{"host":null,"p":null}');
  const open = { caller: "desk", validators: { v: { outcome: "EXECUTE", reason: UUID } } };
  assert.equal(fate(declared.normalize(object({}), object(open))), TRANSIENT);
  const missing = declared.normalize(object({ p: 1 }), object({ facts: { more: 1 } }));
  assert.equal(fate(missing), MISSING);
  assert.equal(missing.form, '[{"host":{"facts":{}},"p":1}]');
  assert.equal(fate(declared.normalize(object({ host: {} }), given)), MISSING);
  for (const forged of [null, "x", { caller: "desk" }]) {
    const refused = declared.normalize(object({ host: forged }), given);
    assert.equal(fate(refused), VIOLATION);
    assert.equal(refused.form, `[${canonicalJson(jsonFrom({ host: forged }))}]`);
  }
  const undeclared = shape({ type: "object", additionalProperties: true });
  assert.equal(fate(undeclared.normalize(object({ a: 1 }), given)), '{"a":1}');
  assert.equal(fate(undeclared.normalize(object({ host: null }))), VIOLATION);
  assert.equal(
    fate(undeclared.normalize(object({ Host: 1, x: { host: 1 } }))),
    '{"Host":1,"x":{"host":1}}',
  );
});

test("the same property has the same index, in whatever order it came", () => {
  const closed = shape({
    type: "object",
    additionalProperties: false,
    properties: { b: { type: "integer" }, a: { type: "integer" }, 10: { type: "integer" } },
  });
  const orders = [{ a: 1, b: 2 }, { b: 2, a: 1 }, { b: 2, 10: 0, a: 1 }, { a: 1, b: 2 }, { b: 2 }];
  const normalized = orders.map((order) => closed.normalize(object(order)));
  const values = normalized.map((result) => (result.ok ? result.value : assert.fail()));
  assert.deepEqual(
    values.map((value) => value.values),
    [
      [null, 1, 2],
      [null, 1, 2],
      [0, 1, 2],
      [null, 1, 2],
      [null, null, 2],
    ],
  );
  for (const value of values) assert.equal(value.names, values[0]?.names);
  assert(closed.type.kind === "object");
  assert.deepEqual(
    closed.type.properties.map(({ name }) => name),
    ["10", "a", "b"],
  );
});

test("a shape's type says what normalized values look like", () => {
  const { type } = shape(
    {
      type: "object",
      additionalProperties: { type: "array", items: { $ref: "#/$defs/word" } },
      properties: {
        b: { $ref: "#/$defs/word", title: "a word" },
        a: { type: ["integer", "null"], enum: [1, null] },
      },
      required: ["a"],
    },
    { word: { const: "x" } },
  );
  const word = { kind: "string", nullable: false, enum: ["x"] };
  assert.deepEqual(type, {
    kind: "object",
    nullable: false,
    properties: [
      { name: "a", mandatory: true, type: { kind: "integer", nullable: true, enum: [1] } },
      { name: "b", mandatory: false, type: { ...word, nullable: true } },
    ],
    additional: { kind: "array", nullable: false, items: word },
  });
});

test("a shape's type says which strings may be transient", () => {
  const { type } = shape({
    type: "object",
    additionalProperties: false,
    properties: {
      a: { type: "string", persistent: true },
      b: { type: "string", persistent: false },
      c: { type: "string", persistent: true, enum: [UUID.toLowerCase()] },
    },
  });
  assert(type.kind === "object");
  assert.deepEqual(
    type.properties.map((property) => property.type),
    [
      { kind: "string", nullable: true, persistent: true },
      { kind: "string", nullable: true },
      { kind: "string", nullable: true, persistent: true, enum: [UUID.toLowerCase()] },
    ],
  );
});

test("a shape keeps nothing of what it read", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const name = "a_name_so_long_that_the_engine_may_keep_it_as_a_piece_of_the_whole_text";
  const shapes = Array.from({ length: 20 }, () =>
    shape({ ...holding({}), properties: { [name]: {} } }),
  );
  collect();
  const before = process.memoryUsage().heapUsed;
  for (const each of shapes) {
    const input = parseStrictJson(utf8Bytes(`{"${name}":"${"x".repeat(1_000_000)}"}`));
    assert(input instanceof JsonObject);
    assert(each.normalize(input).ok);
  }
  collect();
  assert(process.memoryUsage().heapUsed - before < 5_000_000);
});
