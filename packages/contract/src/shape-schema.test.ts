import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonFrom } from "./jcs.ts";
import { compileShape } from "./shape.ts";

const MOMENT = "2024-05-20t10:00:00z";

function search(source: string): (text: string) => boolean {
  const pattern = new RegExp(source, "u");
  return (text) => pattern.test(text);
}

/** A closed object with the one optional property `p`. */
function holding(p: unknown): object {
  return { type: "object", additionalProperties: false, properties: { p } };
}

function faults(
  schema: unknown,
  defs?: unknown,
  pattern: typeof search | undefined = search,
): string[] {
  const compiled = compileShape(
    jsonFrom(schema),
    defs === undefined ? undefined : jsonFrom(defs),
    pattern,
  );
  return "faults" in compiled ? compiled.faults.map((fault) => fault.pointer) : [];
}

test("whatever the subset does not know, or could never hold, is a fault at its place", () => {
  const inside: [schema: unknown, pointer: string][] = [
    [{ type: "text" }, "/type"],
    [{ type: ["string"] }, "/type"],
    [{ type: ["string", "integer"] }, "/type"],
    [{ type: ["null", "null"] }, "/type"],
    [{ type: ["string", "null", "null"] }, "/type"],
    [{ type: 1 }, "/type"],
    [false, ""],
    ["string", ""],
    [{ minLength: 1 }, "/minLength"],
    [{ type: "integer", minLength: 1 }, "/minLength"],
    [{ type: "string", minLength: -1 }, "/minLength"],
    [{ type: "string", minLength: 1.5 }, "/minLength"],
    [{ type: "string", maxLength: "3" }, "/maxLength"],
    [{ type: "string", minLength: 2, maxLength: 1 }, "/minLength"],
    [{ type: "string", format: "date" }, "/format"],
    [{ type: "string", default: "x" }, "/default"],
    [{ type: "string", exact: 1 }, "/exact"],
    [{ type: "string", unordered: true }, "/unordered"],
    [{ type: "array", persistent: true }, "/persistent"],
    [{ type: "array", items: false }, "/items"],
    [{ type: "array", items: null }, "/items"],
    [null, ""],
    [{ type: "array", minItems: 2, maxItems: 1 }, "/minItems"],
    [{ type: "number", minimum: "1" }, "/minimum"],
    [{ type: "number", minimum: 1, maximum: 0 }, "/minimum"],
    [{ type: "string", title: 1 }, "/title"],
    [{ type: "object" }, ""],
    [{ type: "object", additionalProperties: 1 }, "/additionalProperties"],
    [{ type: "object", additionalProperties: false, properties: [] }, "/properties"],
    [{ type: "object", additionalProperties: false, required: ["a"] }, "/required/0"],
    [{ type: "object", additionalProperties: true, required: "a" }, "/required"],
    [
      {
        type: "object",
        additionalProperties: false,
        properties: { a: true },
        required: ["a", "a"],
      },
      "/required",
    ],
    [
      { type: "object", additionalProperties: false, properties: { "a/b~": 1 } },
      "/properties/a~1b~0",
    ],
    [{ type: "object", additionalProperties: false, patternProperties: {} }, "/patternProperties"],
    [{ enum: [] }, "/enum"],
    [{ enum: "a" }, "/enum"],
    [{ enum: ["a", "a"] }, "/enum"],
    [{ enum: [[1]] }, "/enum"],
    [{ enum: ["a", 1] }, "/enum"],
    [{ enum: ["a", "B"] }, "/enum/1"],
    [{ enum: [" a"] }, "/enum/0"],
    [{ const: "\u212a" }, "/const"],
    [{ const: MOMENT }, "/const"],
    [{ const: {} }, "/const"],
    [{ const: "a", enum: ["a"] }, "/enum"],
    [{ type: "integer", enum: [1, 1.5] }, "/enum/1"],
    [{ type: "integer", const: 2 ** 53 }, "/const"],
    [{ type: "string", maxLength: 2, enum: ["ab", "abc"] }, "/enum/1"],
    [{ type: "string", pattern: "^a", const: "b" }, "/const"],
    [{ type: "string", const: 1 }, "/const"],
    [{ type: ["string", "null"], enum: ["a"] }, "/enum"],
    [{ type: "string", enum: ["a", null] }, "/enum"],
    [{ type: "null", enum: [null] }, "none"],
    [{ type: "string", pattern: "(" }, "/pattern"],
    [{ type: "string", pattern: "[A-Z]" }, "/pattern"],
    [{ type: "string", pattern: "\u00c9" }, "/pattern"],
    [{ type: "string", pattern: "\\D\\W\\p{Lu}\\P{L}\\x41\\B(?<Name>a)" }, "none"],
    [{ $ref: "#/$defs/none" }, "/$ref"],
    [{ $ref: "#/properties/p" }, "/$ref"],
    [{ $ref: "other.json" }, "/$ref"],
    [{ $ref: 1 }, "/$ref"],
    [{ $ref: "#/$defs/d", type: "string" }, "/type"],
    [{ $ref: "#/$defs/d", description: "a word" }, "none"],
    [{ type: "string", $defs: {} }, "/$defs"],
  ];
  for (const [schema, pointer] of inside) {
    const expected = pointer === "none" ? [] : [`/properties/p${pointer}`];
    assert.deepEqual(
      faults(holding(schema), { d: { type: "string" } }),
      expected,
      JSON.stringify(schema),
    );
  }
  assert.deepEqual(faults(holding({ type: "string", pattern: "a" }), {}, undefined), []);
});

test("an input's shape is one object type, and definitions are checked with it", () => {
  for (const root of [true, {}, { type: "string" }, { const: "a" }, { type: "array" }]) {
    assert.deepEqual(faults(root), [""], JSON.stringify(root));
  }
  assert.deepEqual(faults({ type: ["object", "null"], additionalProperties: true }), [""]);
  assert.deepEqual(
    faults({ $ref: "#/$defs/o" }, { o: { type: "object", additionalProperties: true } }),
    [],
  );
  const own = {
    type: "object",
    additionalProperties: { $ref: "#/$defs/w" },
    $defs: { w: { const: 1 } },
  };
  assert.deepEqual(faults(own), []);
  assert.deepEqual(faults(own, {}), ["/$defs", "/additionalProperties/$ref"]);
  assert.deepEqual(faults(holding(true), { unused: { type: "x" } }), ["/$defs/unused/type"]);
  assert.deepEqual(faults(holding(true), { unused: null }), ["/$defs/unused"]);
  assert.deepEqual(faults(holding(true), 1), ["/$defs"]);
  const loop = { a: { type: "array", items: { $ref: "#/$defs/b" } }, b: { $ref: "#/$defs/a" } };
  assert.deepEqual(faults(holding({ $ref: "#/$defs/a" }), loop), ["/$defs/b/$ref"]);
  let deep: object = { type: "string" };
  for (let i = 0; i < 70; i++) deep = { type: "array", items: deep };
  assert.match(faults(holding(deep)).join(), /^\/properties\/p(\/items)+$/);
});

test("a pattern needs an engine", () => {
  const compiled = compileShape(jsonFrom(holding({ type: "string", pattern: "a" })), undefined);
  assert("faults" in compiled);
  assert.match(compiled.faults[0]?.message ?? "", /no regular expression engine/);
});

test("a moment or a request may not be declared; host has three parts", () => {
  const names = [
    "timestamp",
    "Timestamp",
    "created_at",
    "createdAt",
    "request-id",
    "X_Request_ID",
    "uuid",
    "nonce",
    "now",
  ];
  for (const name of names) {
    const schema = { type: "object", additionalProperties: true, properties: { [name]: true } };
    assert.deepEqual(faults(schema), [`/properties/${name}`]);
    assert.deepEqual(faults(holding(schema)), [`/properties/p/properties/${name}`]);
  }
  for (const name of [
    "date",
    "order_uuid",
    "reservation_id",
    "known",
    "created",
    "time",
    "event_date",
  ]) {
    assert.deepEqual(
      faults({ type: "object", additionalProperties: true, properties: { [name]: true } }),
      [],
    );
  }
  const withHost = (host: unknown): string[] =>
    faults({ type: "object", additionalProperties: true, properties: { host } });
  const closed = { type: "object", additionalProperties: false };
  assert.deepEqual(
    withHost({ ...closed, properties: { caller: true, facts: true, validators: true } }),
    [],
  );
  for (const host of [
    true,
    { type: "string" },
    { type: "object", additionalProperties: true },
    { ...closed, properties: { ip: true } },
  ]) {
    assert.deepEqual(withHost(host), ["/properties/host"]);
  }
});

test("all faults are reported at once, each saying what to do", () => {
  const compiled = compileShape(
    jsonFrom({
      type: "object",
      properties: { a: { enum: ["A"] }, nonce: { type: "strin" } },
      required: ["b"],
    }),
    undefined,
  );
  assert("faults" in compiled);
  assert.deepEqual(compiled.faults.map((fault) => fault.pointer).sort(), [
    "",
    "/properties/a/enum/0",
    "/properties/nonce",
    "/properties/nonce/type",
    "/required/0",
  ]);
  assert.match(
    compiled.faults.find(({ pointer }) => pointer.endsWith("enum/0"))?.message ?? "",
    /write "a"/,
  );
});
