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
    [{ type: "string", pattern: "\\D\\W\\x41\\B(?:a)" }, "none"],
    [{ type: "string", pattern: "(?<name>a)" }, "/pattern"],
    [{ $ref: "#/$defs/none" }, "/$ref"],
    [{ $ref: "#/properties/p" }, "/$ref"],
    [{ $ref: "other.json" }, "/$ref"],
    [{ $ref: 1 }, "/$ref"],
    [{ $ref: "#/$defs/d", type: "string" }, "/type"],
    [{ $ref: "#/$defs/d", description: "a word" }, "none"],
    [{ $ref: "#/$defs/d", description: null }, "/description"],
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
  const beside = {
    $ref: "#/$defs/o",
    $defs: { o: { type: "object", additionalProperties: true } },
  };
  assert.deepEqual(faults(beside), ["/$defs", "/$ref"]);
  assert.deepEqual(faults({ ...own, $defs: { w: null } }), ["/$defs/w"]);
  assert.deepEqual(faults(holding(true), { unused: { type: "x" } }), ["/$defs/unused/type"]);
  assert.deepEqual(faults(holding(true), { unused: null }), ["/$defs/unused"]);
  assert.deepEqual(faults(holding(true), 1), ["/$defs"]);
  const loop = { a: { type: "array", items: { $ref: "#/$defs/b" } }, b: { $ref: "#/$defs/a" } };
  assert.deepEqual(faults(holding({ $ref: "#/$defs/a" }), loop), ["/$defs/b/$ref"]);
});

/** Arrays around a schema. */
function arrays(count: number, inner: unknown): unknown {
  let schema = inner;
  for (let i = 0; i < count; i++) schema = { type: "array", items: schema };
  return schema;
}

test("schemas are at most 64 high, references followed, in whatever order they stand", () => {
  const beyond = /^\/properties\/p(\/items){64}$/;
  assert.match(faults(holding(arrays(70, { type: "string" }))).join(), beyond);
  assert.deepEqual(faults(holding(arrays(63, true))), []);
  assert.match(faults(holding(arrays(64, true))).join(), beyond);
  assert.deepEqual(faults(holding(arrays(63, { type: "array" }))), []);
  const to = (name: string): object => ({ $ref: `#/$defs/${name}` });
  const halves = (over: number): object => ({
    low: arrays(32, true),
    high: arrays(31 + over, to("low")),
  });
  for (const order of [
    ["low", "high"],
    ["high", "low"],
  ]) {
    const ordered = (over: number): object => {
      const defs = new Map(Object.entries(halves(over)));
      return Object.fromEntries(order.map((name) => [name, defs.get(name)]));
    };
    assert.deepEqual(faults(holding(true), ordered(0)), []);
    assert.equal(faults(holding(true), ordered(1)).length, 1);
    assert.deepEqual(faults(holding(arrays(29, to("low"))), ordered(0)), []);
    assert.equal(faults(holding({ type: "array", items: to("high") }), ordered(0)).length, 1);
  }
  const chain = (length: number): object =>
    Object.fromEntries(
      Array.from({ length }, (_, i) => [`d${i}`, i + 1 < length ? to(`d${i + 1}`) : true]),
    );
  assert.deepEqual(faults(holding(true), chain(65)), []);
  assert.notDeepEqual(faults(holding(true), chain(66)), []);
  assert.notDeepEqual(faults(holding(true), chain(2000)), []);
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
