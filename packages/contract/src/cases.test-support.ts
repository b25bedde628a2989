/** Random shapes, and inputs that are near to them: most conform, many break just one rule. */
import fc from "fast-check";
import type { Value } from "./oracle.test-support.ts";
import { anyText, decorated, TRANSIENT } from "./texts.test-support.ts";

/** One of several, by weight. */
function pick(
  ...choices: readonly [weight: number, arbitrary: fc.Arbitrary<Value>][]
): fc.Arbitrary<Value> {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

const NAMES = [
  "a",
  "b",
  "B",
  "10",
  "9",
  "__proto__",
  "constructor",
  "\u00e9",
  "\ud83d\ude00",
  "\uffee",
];

export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(
    2 ** 53 - 1,
    2 ** 53,
    -(2 ** 53),
    0.5,
    1.5,
    1e21,
    1e-7,
    5e-324,
    1.7976931348623157e308,
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);

const anyScalar: fc.Arbitrary<Value> = fc.oneof(
  anyText,
  anyNumber,
  fc.boolean(),
  fc.constant(null),
);

function mapOf(value: fc.Arbitrary<Value>, maxLength: number): fc.Arbitrary<Map<string, Value>> {
  const entry = fc.tuple(fc.constantFrom(...NAMES), value);
  return fc.array(entry, { maxLength }).map((entries) => new Map(entries));
}

export const anyValue: fc.Arbitrary<Value> = pick(
  [4, anyScalar],
  [1, fc.array(anyScalar, { maxLength: 3 })],
  [1, mapOf(fc.oneof(anyScalar, fc.array(anyScalar, { maxLength: 2 })), 3)],
);

type Schema = Map<string, Value>;

function schema(entries: readonly (readonly [string, Value] | undefined)[]): Schema {
  return new Map(entries.filter((entry) => entry !== undefined));
}

/** `type`, or the pair of it and null. */
function typed(kind: string): fc.Arbitrary<readonly [string, Value]> {
  return fc.constantFrom<readonly [string, Value]>(
    ["type", kind],
    ["type", kind],
    ["type", [kind, "null"]],
  );
}

function flag(name: string): fc.Arbitrary<readonly [string, Value] | undefined> {
  return fc.constantFrom<readonly [string, Value] | undefined>(
    undefined,
    undefined,
    [name, true],
    [name, false],
  );
}

/** Both bounds of a pair in order, or one, or none. */
function bounds(
  lower: string,
  upper: string,
  max: number,
): fc.Arbitrary<(readonly [string, Value] | undefined)[]> {
  return fc
    .tuple(fc.nat({ max }), fc.nat({ max }), fc.nat({ max: 5 }))
    .map(([low, more, which]) => [
      which === 1 || which === 2 ? [lower, low] : undefined,
      which === 2 || which === 3 ? [upper, low + more] : undefined,
    ]);
}

const textSchema: fc.Arbitrary<Schema> = fc
  .tuple(
    typed("string"),
    flag("exact"),
    flag("persistent"),
    bounds("minLength", "maxLength", 5),
    fc.constantFrom<readonly [string, Value] | undefined>(undefined, undefined, undefined, [
      "pattern",
      "^[a-c\\d]",
    ]),
  )
  .map(([type, exact, persistent, lengths, pattern]) =>
    schema([type, exact, persistent, ...lengths, pattern]),
  );

const numberSchema: fc.Arbitrary<Schema> = fc
  .tuple(
    fc.oneof(typed("integer"), typed("number")),
    bounds("minimum", "maximum", 4),
    fc.constantFrom<readonly [string, Value] | undefined>(
      undefined,
      undefined,
      ["exclusiveMinimum", -3],
      ["exclusiveMaximum", 3],
    ),
  )
  .map(([type, range, exclusive]) => schema([type, ...range, exclusive]));

const literalSchema: fc.Arbitrary<Schema> = fc.constantFrom(
  schema([["const", "abc"]]),
  schema([
    ["type", "string"],
    ["enum", ["abc", "b", "stra\u00dfe"]],
  ]),
  schema([["enum", ["b", null]]]),
  schema([
    ["type", ["integer", "null"]],
    ["enum", [1, null, 2]],
  ]),
  schema([["enum", [0, 1.5]]]),
  schema([["const", true]]),
  schema([["const", null]]),
);

const anySchema: fc.Arbitrary<Value> = fc.constantFrom<Value>(
  true,
  new Map(),
  schema([["title", "x"]]),
);

function schemaOf(depth: number): fc.Arbitrary<Value> {
  const scalar = pick(
    [4, textSchema],
    [2, numberSchema],
    [2, literalSchema],
    [1, typed("boolean").map((type) => schema([type]))],
    [1, anySchema],
    [1, fc.constantFrom<Value>(schema([["type", "null"]]), schema([["$ref", "#/$defs/d"]]))],
  );
  if (depth === 0) return scalar;
  return pick([3, scalar], [1, arraySchema(depth)], [1, objectSchema(depth, false)]);
}

function arraySchema(depth: number): fc.Arbitrary<Value> {
  return fc
    .tuple(
      typed("array"),
      flag("unordered"),
      bounds("minItems", "maxItems", 3),
      schemaOf(depth - 1),
      fc.nat({ max: 4 }),
    )
    .map(([type, unordered, counts, items, stated]) =>
      schema([type, unordered, ...counts, stated === 0 ? undefined : ["items", items]]),
    );
}

function objectSchema(depth: number, root: boolean): fc.Arbitrary<Schema> {
  const properties = fc
    .uniqueArray(fc.constantFrom(...NAMES), { maxLength: 4 })
    .chain((names) =>
      fc.tuple(
        ...names.map((name) => fc.tuple(fc.constant(name), schemaOf(depth - 1), fc.boolean())),
      ),
    );
  const additional = pick([3, fc.constant(false)], [1, schemaOf(0)]);
  return fc
    .tuple(
      root ? fc.constant(["type", "object"] as const) : typed("object"),
      properties,
      additional,
    )
    .map(([type, declared, others]) =>
      schema([
        type,
        ["properties", new Map(declared.map(([name, inner]) => [name, inner]))],
        ["required", declared.filter(([, , mandatory]) => mandatory).map(([name]) => name)],
        ["additionalProperties", others],
      ]),
    );
}

/** A value that mostly fits. */
function mostlyFitting(rules: Value, defs: Schema): fc.Arbitrary<Value> {
  return pick([24, fittingValue(rules, defs)], [1, anyValue], [1, fc.constant(null)]);
}

function fittingValue(rules: Value, defs: Schema): fc.Arbitrary<Value> {
  if (!(rules instanceof Map) || rules.size === 0) return anyValue;
  if (rules.has("$ref")) return mostlyFitting(defs.get("d") ?? true, defs);
  const listed =
    rules.get("enum") ?? (rules.has("const") ? [rules.get("const") ?? null] : undefined);
  if (Array.isArray(listed)) {
    return fc
      .constantFrom(...listed)
      .chain(
        (literal): fc.Arbitrary<Value> =>
          typeof literal === "string" ? decorated(literal) : fc.constant(literal),
      );
  }
  const type = rules.get("type");
  return (FITTING.get(String(Array.isArray(type) ? type[0] : type)) ?? (() => anyValue))(
    rules,
    defs,
  );
}

const letter: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c", "1", "\u00df", "\u{1f600}");
const transientText: fc.Arbitrary<string> = fc.constantFrom(...TRANSIENT).chain(decorated);

const fittingText = (rules: Schema): fc.Arbitrary<Value> => {
  const letters = fc.array(letter, {
    minLength: Number(rules.get("minLength") ?? 0),
    maxLength: Math.min(Number(rules.get("maxLength") ?? 8), 8),
  });
  const plain = letters.map((units) => units.join(""));
  return pick(
    [6, plain],
    [6, rules.get("exact") === true ? plain : plain.chain(decorated)],
    [3, anyText],
    [1, transientText],
  );
};

const fittingArray = (rules: Schema, defs: Schema): fc.Arbitrary<Value> =>
  fc.array(mostlyFitting(rules.get("items") ?? true, defs), {
    minLength: Number(rules.get("minItems") ?? 0),
    maxLength: Math.min(Number(rules.get("maxItems") ?? 4), 5),
  });

const fittingObject = (rules: Schema, defs: Schema): fc.Arbitrary<Value> => {
  const declared = rules.get("properties");
  const required = rules.get("required");
  const mandatory = Array.isArray(required) ? required : [];
  const members = [...(declared instanceof Map ? declared : [])].map(([name, inner]) =>
    fc.tuple(
      fc.constant(name),
      mostlyFitting(inner, defs),
      fc.integer({ min: mandatory.includes(name) ? -20 : -1, max: 0 }),
    ),
  );
  const others = rules.get("additionalProperties") ?? false;
  const extra = fc.array(
    fc.tuple(
      fc.constantFrom(...NAMES),
      others === false ? fc.constant<Value>(1) : mostlyFitting(others, defs),
    ),
    { maxLength: 2 },
  );
  return fc
    .tuple(fc.tuple(...members), extra, fc.nat({ max: others === false ? 20 : 1 }))
    .map(([own, more, stray]) => {
      const map = new Map<string, Value>(stray === 0 ? more : []);
      for (const [name, value, absent] of own) {
        if (absent === 0) map.delete(name);
        else map.set(name, value);
      }
      return map;
    });
};

const FITTING: ReadonlyMap<string, (rules: Schema, defs: Schema) => fc.Arbitrary<Value>> = new Map([
  ["string", fittingText],
  ["integer", () => pick([1, fc.integer({ min: -5, max: 8 })], [1, anyNumber])],
  ["number", () => anyNumber],
  ["boolean", () => fc.boolean()],
  ["null", () => fc.constant(null)],
  ["array", fittingArray],
  ["object", fittingObject],
]);

export interface Case {
  readonly schema: Map<string, Value>;
  readonly defs: Map<string, Value>;
  readonly input: Map<string, Value>;
  readonly host: Map<string, Value> | undefined;
}

const hostSchema: fc.Arbitrary<Schema | undefined> = fc.option(
  fc
    .tuple(textSchema, schemaOf(1), fc.constantFrom("facts", "validators"), fc.boolean())
    .map(([caller, inner, part, mandatory]) =>
      schema([
        ["type", "object"],
        [
          "properties",
          new Map<string, Value>([
            ["caller", caller],
            [part, inner],
          ]),
        ],
        ["required", mandatory ? ["caller"] : []],
        ["additionalProperties", false],
      ]),
    ),
  { nil: undefined, freq: 1 },
);

/** The root with `host` declared in it, optional. */
function withHost(root: Schema, host: Schema | undefined): Schema {
  const properties = root.get("properties");
  if (host === undefined || !(properties instanceof Map)) return root;
  return new Map(root).set("properties", new Map(properties).set("host", host));
}

/** What enforcement knows; more of it than the shape declares, now and then. */
function hostOf(
  rules: Schema | undefined,
  defs: Schema,
): fc.Arbitrary<Map<string, Value> | undefined> {
  const fitting = rules === undefined ? mapOf(anyValue, 2) : fittingObject(rules, defs);
  const extended = fc.tuple(fitting, fc.boolean()).map(([host, more]) => {
    return host instanceof Map && more ? new Map(host).set("facts2", "undeclared") : host;
  });
  return fc.option(extended as fc.Arbitrary<Map<string, Value>>, { nil: undefined, freq: 5 });
}

/** A shape with a definition, an input for it, and perhaps what enforcement adds. */
export const anyCase: fc.Arbitrary<Case> = fc
  .tuple(objectSchema(2, true), textSchema, hostSchema)
  .chain(([root, definition, host]) => {
    const defs = schema([["d", definition]]);
    return fc.record({
      schema: fc.constant(withHost(root, host)),
      defs: fc.constant(defs),
      input: fittingObject(root, defs) as fc.Arbitrary<Map<string, Value>>,
      host: hostOf(host, defs),
    });
  });
