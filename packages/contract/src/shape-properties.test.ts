import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyCase, anyNumber, type Case } from "./cases.test-support.ts";
import { traceId } from "./identity.ts";
import { JsonObject } from "./json.ts";
import { textOf } from "./json-text.test-support.ts";
import {
  canonical,
  fromJson,
  identify,
  textForm,
  toJson,
  type Value,
} from "./oracle.test-support.ts";
import { compileShape, type Normalized, type Shape } from "./shape.ts";
import { parseStrictJson } from "./strict-json.ts";
import { anyText } from "./texts.test-support.ts";
import { utf8Bytes } from "./utf8.ts";

const RUNS = { numRuns: 10_000 };

const VERSION = `3.0.0+${"0".repeat(64)}`;

/** A case with its shape, which takes longest to make, and what that makes of its input. */
interface Tried {
  readonly made: Case;
  readonly shape: Shape;
  readonly result: Normalized;
  readonly random: Iterator<number>;
  /** Numbers below 8. */
  readonly eighths: Iterator<number>;
  /** A place in the input, and what comes there instead. */
  readonly where: number[];
  readonly by: Value;
}

function shapeOf({ schema, defs }: Case): Shape {
  const compiled = compileShape(toJson(schema), toJson(defs), (source) => {
    const pattern = new RegExp(source, "u");
    return (text) => pattern.test(text);
  });
  if ("faults" in compiled) assert.fail(JSON.stringify(compiled.faults));
  return compiled.shape;
}

function objectOf(value: Map<string, Value>): JsonObject {
  const json = toJson(value);
  assert(json instanceof JsonObject);
  return json;
}

function normalize(shape: Shape, input: Map<string, Value>, host?: Map<string, Value>): Normalized {
  return shape.normalize(objectOf(input), host && objectOf(host));
}

/** The same outcome, form and value. */
function assertSame(a: Normalized, b: Normalized): void {
  assert.deepEqual(b, a);
}

/** What holds of every case. */
const PROPERTIES: Readonly<Record<string, (tried: Tried) => void>> = {
  "the fast pass is the naive oracle, and no refused form is an accepted one": ({
    made,
    shape,
    result,
    random,
  }) => {
    // From bytes, what is plain was already seen to be, and takes a shorter way.
    const received = parseStrictJson(utf8Bytes(textOf(made.input, random)));
    assert(received instanceof JsonObject);
    assertSame(result, shape.normalize(received, made.host && objectOf(made.host)));
    const expected = identify(made.input, made.schema, made.defs, made.host);
    assert.equal(result.form, expected.form);
    assert.equal(result.form.startsWith(result.ok ? "{" : "["), true);
    assert.equal(result.ok ? undefined : result.refusal, Reflect.get(expected, "refusal"));
    if (result.ok) assert.equal(canonical(fromJson(result.value)), result.form);
  },
  "a normal form is its own normal form, and fares as the input did": ({ made, shape }) => {
    const once = normalize(shape, made.input);
    if (!once.ok) return;
    const form = fromJson(once.value) as Map<string, Value>;
    // An undeclared host is no member; a declared one is null when enforcement adds none.
    form.delete("host");
    assertSame(once, normalize(shape, form));
  },
  "the order of keys does not matter": ({ made, shape, random }) => {
    const shuffled = shuffleKeys(made.input, random) as Map<string, Value>;
    assertSame(normalize(shape, made.input), normalize(shape, shuffled));
  },
  "padding and case do not matter where nothing is exact": ({ made, eighths }) => {
    const plain = { ...made, schema: withoutExact(made.schema), defs: new Map(made.defs) };
    plain.defs.set("d", withoutExact(made.defs.get("d") ?? true));
    const shape = shapeOf(plain as Case);
    const disguised = disguise(made.input, eighths) as Map<string, Value>;
    assertSame(normalize(shape, made.input), normalize(shape, disguised));
  },
  "trace_ids are equal for inputs that the rules call one, and for no others": (tried) => {
    const { made, shape, result: before, where, by } = tried;
    if (made.input.size === 0) return;
    const changed = replaced(made.input, where, by) as Map<string, Value>;
    const after = normalize(shape, changed, made.host);
    const equal = traceId(before.form, "c", VERSION) === traceId(after.form, "c", VERSION);
    const whole = (input: Map<string, Value>): string => {
      const ruled = before.ok ? comparable(input, made.schema, made.defs) : allSteps(input);
      return canonical(ruled);
    };
    const one = before.ok === after.ok && whole(made.input) === whole(changed);
    assert.equal(equal, one);
  },
  "absent and null are the same for an optional property, at every depth": ({ made, shape }) => {
    const absent = withoutNulls(made.input, made.schema, made.defs) as Map<string, Value>;
    const before = normalize(shape, made.input);
    const after = normalize(shape, absent);
    if (before.ok) assertSame(before, after);
    else assert.equal(after.ok ? undefined : after.refusal, before.refusal);
  },
};

const anyPath = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 3 });
const anyOther = fc.oneof(anyText, anyNumber, fc.boolean(), fc.constant(null));
const anyNats = fc.infiniteStream(fc.nat());
const anyEighths = fc.infiniteStream(fc.nat({ max: 7 }));

test(`of each of 10,000 cases: ${Object.keys(PROPERTIES).join("; ")}`, () => {
  fc.assert(
    fc.property(
      anyCase,
      anyNats,
      anyEighths,
      anyPath,
      anyOther,
      (made, random, eighths, where, by) => {
        const shape = shapeOf(made);
        const result = normalize(shape, made.input, made.host);
        for (const [name, holds] of Object.entries(PROPERTIES)) {
          try {
            holds({ made, shape, result, random, eighths, where, by });
          } catch (error) {
            throw new Error(`not so: ${name}`, { cause: error });
          }
        }
      },
    ),
    RUNS,
  );
});

function shuffleKeys(value: Value, random: Iterator<number>): Value {
  if (Array.isArray(value)) return value.map((element) => shuffleKeys(element, random));
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([name, member]) => {
    return { rank: random.next().value, name, member: shuffleKeys(member, random) };
  });
  entries.sort((a, b) => a.rank - b.rank);
  return new Map(entries.map(({ name, member }) => [name, member]));
}

function withoutExact(schema: Value): Value {
  if (Array.isArray(schema)) return schema.map(withoutExact);
  if (!(schema instanceof Map)) return schema;
  const kept = [...schema].filter(
    ([name, value]) => name !== "exact" || typeof value !== "boolean",
  );
  return new Map(kept.map(([name, value]) => [name, withoutExact(value)]));
}

function disguise(value: Value, random: Iterator<number>): Value {
  if (Array.isArray(value)) return value.map((element) => disguise(element, random));
  if (value instanceof Map) {
    return new Map([...value].map(([name, member]) => [name, disguise(member, random)]));
  }
  if (typeof value !== "string") return value;
  const pads = ["", " ", "\t", "\r\n", "\u0085", "\u00a0", "\u2028", "\u3000"];
  const letters = value.replace(/[a-z]/g, (letter) => {
    return random.next().value < 4 ? letter : letter.toUpperCase();
  });
  return `${pads[random.next().value]}${letters}${pads[random.next().value]}`;
}

/** Drops the null members that a closed or open object declares as optional. */
function withoutNulls(value: Value, schema: Value, defs: Map<string, Value>): Value {
  if (!(schema instanceof Map)) return value;
  if (schema.has("$ref")) return withoutNulls(value, defs.get("d") ?? true, defs);
  if (Array.isArray(value)) {
    return value.map((element) => withoutNulls(element, schema.get("items") ?? true, defs));
  }
  const properties = schema.get("properties");
  const required = schema.get("required");
  if (!(value instanceof Map) || !(properties instanceof Map) || !Array.isArray(required)) {
    return value;
  }
  const kept = [...value].filter(([name, member]) => {
    return member !== null || !properties.has(name) || required.includes(name);
  });
  return new Map(
    kept.map(([name, member]) => [name, withoutNulls(member, properties.get(name) ?? true, defs)]),
  );
}

/** One value somewhere in the input is replaced. */
function replaced(value: Value, path: number[], by: Value): Value {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  if (Array.isArray(value) && value.length > 0) {
    return value.map((element, i) =>
      i === step % value.length ? replaced(element, rest, by) : element,
    );
  }
  if (!(value instanceof Map) || value.size === 0) return by;
  return new Map(
    [...value].map(([name, member], i) => {
      return [name, i === step % value.size ? replaced(member, rest, by) : member];
    }),
  );
}

/** Steps 1 and 2, by which refused inputs are named. */
function allSteps(value: Value): Value {
  if (typeof value === "string") return textForm(value);
  if (Array.isArray(value)) return value.map(allSteps);
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([name, member]) => [name, allSteps(member)]));
}

/** What the rules say is one: text after step 2, null for absent, unordered arrays as bags. */
function comparable(value: Value, schema: Value, defs: Map<string, Value>): Value {
  const rules = schema instanceof Map && schema.has("$ref") ? (defs.get("d") ?? true) : schema;
  if (typeof value === "string") return textForm(value);
  if (Array.isArray(value)) {
    const items = rules instanceof Map ? (rules.get("items") ?? true) : true;
    const elements = value.map((element) => canonical(comparable(element, items, defs)));
    return rules instanceof Map && rules.get("unordered") === true ? elements.sort() : elements;
  }
  if (!(value instanceof Map)) return value;
  const properties = rules instanceof Map ? rules.get("properties") : undefined;
  const declared = properties instanceof Map ? properties : new Map<string, Value>();
  const additional = rules instanceof Map ? (rules.get("additionalProperties") ?? true) : true;
  const result = new Map<string, Value>();
  for (const [name, member] of value) {
    if (member === null && declared.has(name)) continue;
    result.set(name, comparable(member, declared.get(name) ?? additional, defs));
  }
  return result;
}

test("the order of an unordered array does not matter, that of any other does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyText, anyNumber, fc.tuple(anyText, anyNumber)), { maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      fc.boolean(),
      (elements, random, unordered) => {
        const rules: Value = new Map<string, Value>([
          ["type", "array"],
          ["items", true],
          ["unordered", unordered],
        ]);
        const shape = shapeOf({ ...SIMPLE, schema: objectSchema(new Map([["a", rules]])) });
        const ranked = elements.map((element) => ({ rank: random.next().value, element }));
        const shuffled = ranked.sort((a, b) => a.rank - b.rank).map(({ element }) => element);
        const before = normalize(shape, new Map([["a", elements as Value]]));
        const after = normalize(shape, new Map([["a", shuffled as Value]]));
        const sameOrder = canonical(allSteps(elements)) === canonical(allSteps(shuffled));
        if (unordered && before.ok) assertSame(before, after);
        else if (before.ok) assert.equal(before.form === after.form, sameOrder);
      },
    ),
    RUNS,
  );
});

const SIMPLE: Case = { schema: new Map(), defs: new Map(), input: new Map(), host: undefined };

function objectSchema(properties: Map<string, Value>): Map<string, Value> {
  return new Map<string, Value>([
    ["type", "object"],
    ["properties", properties],
    ["additionalProperties", true],
  ]);
}
