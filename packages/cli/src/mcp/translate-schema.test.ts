import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { compileShape } from "@writ/contract/shape";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { exampleOf, plainShape, type ShapeText } from "./shape-text.ts";
import { translateSchema, whyRefused } from "./translate-schema.ts";

const ajv = new Ajv2020({ strict: false, allowUnionTypes: true, validateFormats: false });

/** Shapes take patterns from whoever compiles them. */
const search = (source: string): ((text: string) => boolean) => {
  const pattern = new RegExp(source, "u");
  return (text) => pattern.test(text);
};

function accepts(shape: ShapeText, input: unknown): boolean {
  const value = jsonFrom(input);
  const compiled = compileShape(jsonFrom(plainShape(shape)), undefined, search);
  assert.ok("shape" in compiled, JSON.stringify(compiled));
  return value instanceof JsonObject && compiled.shape.normalize(value).ok;
}

function notesOf({ notes, properties = [], items, additional }: ShapeText): readonly string[] {
  const inner = [...properties.map(([, each]) => each), items, additional];
  return [...notes, ...inner.flatMap((each) => (typeof each === "object" ? notesOf(each) : []))];
}

/** One argument's schema, translated. */
function argument(schema: unknown, name = "x"): { shape: unknown; notes: readonly string[] } {
  const shape = translateSchema({ type: "object", properties: { [name]: schema } });
  const member = shape.properties?.[0]?.[1];
  assert.ok(member !== undefined);
  assert.equal(whyRefused(shape), null);
  return { shape: plainShape(member), notes: notesOf(shape) };
}

test("what shapes can say is said as it was", () => {
  const rows: readonly (readonly [schema: unknown, shape: unknown])[] = [
    [
      { type: "string", minLength: 1, maxLength: 9 },
      { type: "string", minLength: 1, maxLength: 9 },
    ],
    [
      { type: "string", pattern: "^[a-z]+$" },
      { type: "string", pattern: "^[a-z]+$" },
    ],
    [
      { type: "integer", minimum: 0, exclusiveMaximum: 9 },
      { type: "integer", minimum: 0, exclusiveMaximum: 9 },
    ],
    [{ enum: ["a", "b"] }, { type: "string", enum: ["a", "b"] }],
    [{ const: 3 }, { type: "integer", const: 3 }],
    [
      { type: ["string", "null"], enum: ["a", null] },
      { type: ["string", "null"], enum: ["a", null] },
    ],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, { type: ["string", "null"] }],
    [{ oneOf: [{ const: "a" }, { const: "b", title: "B" }] }, { type: "string", enum: ["a", "b"] }],
    [{ type: ["integer", "number"] }, { type: "number" }],
    [{ allOf: [{ type: "string" }, { maxLength: 3 }] }, { type: "string", maxLength: 3 }],
    [
      { type: "array", items: { type: "boolean" }, maxItems: 3 },
      { type: "array", maxItems: 3, items: { type: "boolean" } },
    ],
    [
      {
        type: "object",
        properties: { a: { type: "null" } },
        required: ["a"],
        additionalProperties: false,
      },
      {
        type: "object",
        required: ["a"],
        additionalProperties: false,
        properties: { a: { type: "null" } },
      },
    ],
    [
      { type: "object", additionalProperties: { type: "number" } },
      { type: "object", additionalProperties: { type: "number" }, properties: {} },
    ],
    [
      { type: "number", default: 1, title: "t", description: "d", examples: [2] },
      { type: "number" },
    ],
  ];
  for (const [schema, shape] of rows) {
    assert.deepEqual(argument(schema), { shape, notes: [] }, JSON.stringify(schema));
  }
});

test("what they cannot say is noted, and what is left admits no more than it must", () => {
  const rows: readonly (readonly [schema: unknown, shape: unknown, note: RegExp])[] = [
    [{ enum: ["GET", "POST", "get"] }, { type: "string", enum: ["get", "post"] }, /normal form/],
    [{ type: "string", pattern: "^[A-Z]+$" }, { type: "string" }, /pattern left out/],
    [{ type: "string", pattern: "(a)\\1" }, { type: "string" }, /pattern left out/],
    [{ type: "integer", multipleOf: 5 }, { type: "integer" }, /multipleOf/],
    [
      { type: "integer", minimum: 5, maximum: 3 },
      { type: "integer", minimum: 5 },
      /maximum left out/,
    ],
    [
      { type: "array", items: true, uniqueItems: true },
      { type: "array", items: true },
      /uniqueItems/,
    ],
    [
      { type: "array", items: [{ type: "string" }] },
      { type: "array", items: true },
      /fixed places/,
    ],
    [{ anyOf: [{ type: "string" }, { type: "number" }] }, true, /several forms/],
    [{ type: ["string", "number"] }, true, /no single type/],
    [{}, true, /no single type/],
    [true, true, /does not say/],
    [{ $ref: "#/nowhere" }, true, /not there/],
    [
      { type: "object" },
      { type: "object", additionalProperties: true, properties: {} },
      /any members/,
    ],
    [
      { type: "object", properties: { a: { type: "string" } }, additionalProperties: true },
      { type: "object", additionalProperties: false, properties: { a: { type: "string" } } },
      /further members/,
    ],
    [
      { type: "object", properties: { timestamp: { type: "string" } }, required: ["timestamp"] },
      { type: "object", additionalProperties: true, properties: {} },
      /left out timestamp/,
    ],
    [{ type: "string", format: "date-time" }, { type: "string" }, /persistent/],
  ];
  for (const [schema, shape, note] of rows) {
    const found = argument(schema);
    assert.deepEqual(found.shape, shape, JSON.stringify(schema));
    assert.match(found.notes.join("\n"), note);
  }
});

test("references lead where they point; one that contains itself ends", () => {
  const shape = translateSchema({
    type: "object",
    properties: { tree: { $ref: "#/$defs/tree" }, again: { $ref: "#/definitions/a~1b" } },
    $defs: { tree: { type: "object", properties: { child: { $ref: "#/$defs/tree" } } } },
    definitions: { "a/b": { type: "boolean" } },
  });
  assert.equal(whyRefused(shape), null);
  assert.deepEqual(plainShape(shape), {
    type: "object",
    additionalProperties: false,
    properties: {
      tree: { type: "object", additionalProperties: false, properties: { child: true } },
      again: { type: "boolean" },
    },
  });
});

test("a path, an identifier or an address is exact, by name or by format; prose is not", () => {
  const exact = (name: string, schema: object = {}): boolean => {
    const { shape } = argument({ type: "string", ...schema }, name);
    return typeof shape === "object" && shape !== null && "exact" in shape;
  };
  for (const name of [
    "path",
    "filePath",
    "target_dir",
    "user-id",
    "userIds",
    "URL",
    "repositories",
    "branch",
  ]) {
    assert.ok(exact(name), name);
  }
  for (const name of ["content", "message", "query", "grid", "profile", "valid"]) {
    assert.equal(exact(name), false, name);
  }
  assert.ok(exact("x", { format: "uri" }));
  assert.deepEqual(argument({ type: "string", format: "uuid" }).shape, {
    type: "string",
    exact: true,
    persistent: true,
  });
  assert.deepEqual(argument({ type: "array", items: { type: "string" } }, "paths").shape, {
    type: "array",
    items: { type: "string", exact: true },
  });
});

const name = fc.constantFrom("a", "b", "path", "timestamp", "C", "__proto__");
const literal = fc.oneof(
  fc.constantFrom("a", "b", "Ab", " c "),
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.constant(null),
);
const number = fc.constantFrom(-1, 0, 1, 2, 0.5);

const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.record(
      {
        type: fc.constantFrom("string", "integer", "number", "boolean", "array", "object", "null", [
          "string",
          "null",
        ]),
        enum: fc.array(literal, { minLength: 1, maxLength: 3 }),
        minLength: fc.constantFrom(0, 1, 2),
        maxLength: fc.constantFrom(1, 2, 3),
        pattern: fc.constantFrom("^a", "[A-Z]", "b$", "(", "(?=a)"),
        minimum: number,
        exclusiveMaximum: number,
        multipleOf: fc.constant(2),
        items: tie("schema"),
        minItems: fc.constantFrom(0, 1),
        properties: fc.dictionary(name, tie("schema"), { maxKeys: 3 }),
        required: fc.uniqueArray(name, { maxLength: 2 }),
        additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
      },
      { requiredKeys: [] },
    ),
    fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }) }),
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(name, tie("schema"), { maxKeys: 3 }),
    }),
    fc.record({ $ref: fc.constantFrom("#", "#/properties/a", "#/nowhere", "elsewhere") }),
    fc.constantFrom(true, false, {}),
  ),
}));

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("a", "b", "ab", "abc", ""),
    number,
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b", "path"), tie("value"), { maxKeys: 3 }),
  ),
}));

const rooted = fc.record({
  type: fc.constant("object"),
  properties: fc.dictionary(name, schema, { maxKeys: 3 }),
  required: fc.uniqueArray(name, { maxLength: 2 }),
});

test("whatever a server says, the shape loads", () => {
  fc.assert(
    fc.property(fc.oneof(schema, rooted, fc.jsonValue()), (each) => {
      const shape = translateSchema(each);
      assert.equal(whyRefused(shape), null, JSON.stringify(plainShape(shape)));
    }),
    { numRuns: 120 },
  );
});

/** Schemas of which a shape says most. */
const { tame } = fc.letrec<{ tame: unknown }>((tie) => ({
  tame: fc.oneof(
    { maxDepth: 2 },
    fc.record(
      {
        type: fc.constantFrom("string", ["string", "null"]),
        minLength: fc.constantFrom(0, 1),
        maxLength: fc.constantFrom(2, 3),
        pattern: fc.constantFrom("^a", "b$"),
      },
      { requiredKeys: ["type"] },
    ),
    fc.record({ enum: fc.subarray(["a", "b", "ab"], { minLength: 1 }) }),
    fc.record(
      {
        type: fc.constantFrom("integer", "number"),
        minimum: fc.constantFrom(-1, 0),
        exclusiveMaximum: fc.constantFrom(1, 2),
      },
      { requiredKeys: ["type"] },
    ),
    fc.record({ anyOf: fc.tuple(tie("tame"), fc.constant({ type: "null" })) }),
    fc.record({ type: fc.constant("array"), items: tie("tame"), maxItems: fc.constant(1) }),
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(fc.constantFrom("a", "b"), tie("tame"), { minKeys: 1 }),
      required: fc.subarray(["a", "b"]),
    }),
  ),
}));

const tool = fc.record({
  type: fc.constant("object"),
  properties: fc.dictionary(fc.constantFrom("a", "b"), tame, { minKeys: 1 }),
  required: fc.subarray(["a"]),
});

test("where nothing is noted, what the shape lets in the server's schema lets in too", () => {
  const seen = { in: 0, out: 0 };
  fc.assert(
    fc.property(
      tool,
      fc.array(fc.dictionary(fc.constantFrom("a", "b"), value, { maxKeys: 2 }), { maxLength: 8 }),
      (each, inputs) => {
        const shape = translateSchema(each);
        if (notesOf(shape).length > 0) return;
        const validate = ajv.compile(each);
        for (const one of [...inputs, exampleOf(shape)]) {
          const said = accepts(shape, one);
          seen[said ? "in" : "out"] += 1;
          if (said) assert.ok(validate(one), JSON.stringify([plainShape(shape), one]));
        }
      },
    ),
    { numRuns: 150 },
  );
  assert.ok(seen.in > 100 && seen.out > 100, JSON.stringify(seen));
});
