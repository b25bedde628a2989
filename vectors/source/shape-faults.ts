import type { Plain, PlainObject, SchemaCase } from "../case.ts";
import { holding } from "./case.ts";
import * as roots from "./shape-roots.ts";

export const about =
  "Schemas that load as the shape of an input, and schemas that do not (SPEC 5.1, 5.5): each fault and near misses.";

type Row = readonly [name: string, schema: Plain, faulty: boolean];

const FAULTY = true;
const LOADS = false;

const DEFS: PlainObject = { d: { type: "string" }, o: holding(true) };

/** Schemas of a property. */
function inside(section: string, why: string, table: readonly Row[]): SchemaCase[] {
  return table.map(([name, schema, faulty]) => {
    return { name: `fault-${section}-${name}`, why, schema: holding(schema), defs: DEFS, faulty };
  });
}

const S = { type: "string" };
const O = { type: "object", additionalProperties: false };
const MOMENT = "2024-05-20t10:00:00z";

const kinds: readonly Row[] = [
  ["true", true, LOADS],
  ["empty", {}, LOADS],
  ["false", false, FAULTY],
  ["null", null, FAULTY],
  ["text", "string", FAULTY],
  ["number", 1, FAULTY],
  ["array", [true], FAULTY],
  ...["string", "integer", "number", "boolean", "null", "array"].map(
    (type): Row => [`type-${type}`, { type }, LOADS],
  ),
  ["type-unknown", { type: "text" }, FAULTY],
  ["type-any", { type: "any" }, FAULTY],
  ["type-capital", { type: "String" }, FAULTY],
  ["type-one", { type: 1 }, FAULTY],
  ["type-null-literal", { type: null }, FAULTY],
  ["type-pair", { type: ["string", "null"] }, LOADS],
  ["type-pair-null-first", { type: ["null", "string"] }, LOADS],
  ["type-pair-of-nulls", { type: ["null", "null"] }, FAULTY],
  ["type-pair-without-null", { type: ["string", "integer"] }, FAULTY],
  ["type-pair-of-one", { type: ["string"] }, FAULTY],
  ["type-pair-of-three", { type: ["string", "integer", "null"] }, FAULTY],
  ["type-pair-repeated", { type: ["string", "null", "null"] }, FAULTY],
  ["type-pair-unknown", { type: ["text", "null"] }, FAULTY],
  ["type-pair-empty", { type: [] }, FAULTY],
];

const keywords: readonly string[] = [
  "format",
  "default",
  "examples",
  "multipleOf",
  "uniqueItems",
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "patternProperties",
  "propertyNames",
  "prefixItems",
  "contains",
  "minProperties",
  "dependentRequired",
  "unevaluatedProperties",
  "deprecated",
  "readOnly",
  "nullable",
  "$id",
  "$schema",
  "$anchor",
  "$dynamicRef",
  "definitions",
  "x-note",
  "Type",
  "constructor",
];

const unknown: readonly Row[] = keywords.map((keyword): Row => {
  const name = keyword.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  return [name.replace(/^[^a-z]+/, ""), { ...S, [keyword]: true }, FAULTY];
});

const misplaced: readonly Row[] = [
  ["min-length-any", { minLength: 1 }, FAULTY],
  ["min-length-integer", { type: "integer", minLength: 1 }, FAULTY],
  ["minimum-string", { ...S, minimum: 1 }, FAULTY],
  ["minimum-boolean", { type: "boolean", minimum: 0 }, FAULTY],
  ["items-string", { ...S, items: true }, FAULTY],
  ["items-any", { items: true }, FAULTY],
  ["unordered-string", { ...S, unordered: true }, FAULTY],
  ["persistent-array", { type: "array", persistent: true }, FAULTY],
  ["exact-integer", { type: "integer", exact: true }, FAULTY],
  ["exact-any", { exact: true }, FAULTY],
  ["pattern-null", { type: "null", pattern: "a" }, FAULTY],
  ["properties-any", { properties: {} }, FAULTY],
  ["required-any", { required: [] }, FAULTY],
  ["additional-properties-array", { type: "array", additionalProperties: true }, FAULTY],
  ["enum-object", { ...O, enum: ["a"] }, FAULTY],
  ["const-array", { type: "array", const: "a" }, FAULTY],
  ["max-length-by-literals", { enum: ["a", "b"], maxLength: 1 }, LOADS],
  ["minimum-by-literals", { const: 1, minimum: 1 }, LOADS],
  ["max-length-by-number-literals", { enum: [1, 2], maxLength: 1 }, FAULTY],
  ["max-length-nullable", { type: ["string", "null"], maxLength: 1 }, LOADS],
];

const values: readonly Row[] = [
  ["title-number", { title: 1 }, FAULTY],
  ["description-null", { description: null }, FAULTY],
  ["comment-object", { $comment: {} }, FAULTY],
  ["annotations", { title: "", description: "", $comment: "" }, LOADS],
  ["min-length-zero", { ...S, minLength: 0 }, LOADS],
  ["min-length-negative", { ...S, minLength: -1 }, FAULTY],
  ["min-length-fraction", { ...S, minLength: 1.5 }, FAULTY],
  ["max-length-text", { ...S, maxLength: "3" }, FAULTY],
  ["max-length-null", { ...S, maxLength: null }, FAULTY],
  ["min-items-boolean", { type: "array", minItems: true }, FAULTY],
  ["max-items-fraction", { type: "array", maxItems: 0.5 }, FAULTY],
  ["unordered-number", { type: "array", unordered: 1 }, FAULTY],
  ["exact-text", { ...S, exact: "true" }, FAULTY],
  ["persistent-null", { ...S, persistent: null }, FAULTY],
  ["pattern-number", { ...S, pattern: 1 }, FAULTY],
  ["minimum-text", { type: "number", minimum: "1" }, FAULTY],
  ["minimum-fraction-on-integer", { type: "integer", minimum: 0.5 }, LOADS],
  ["exclusive-minimum-boolean", { type: "number", exclusiveMinimum: true }, FAULTY],
  ["exclusive-maximum-null", { type: "number", exclusiveMaximum: null }, FAULTY],
  ["items-false", { type: "array", items: false }, FAULTY],
  ["items-array", { type: "array", items: [true] }, FAULTY],
  ["items-null", { type: "array", items: null }, FAULTY],
  ["property-null", { ...O, properties: { a: null } }, FAULTY],
  ["items-true", { type: "array", items: true }, LOADS],
  ["properties-array", { ...O, properties: [] }, FAULTY],
  ["property-false", { ...O, properties: { a: false } }, FAULTY],
  ["property-number", { ...O, properties: { a: 1 } }, FAULTY],
  ["additional-properties-absent", { type: "object" }, FAULTY],
  ["additional-properties-null", { type: "object", additionalProperties: null }, FAULTY],
  ["additional-properties-text", { type: "object", additionalProperties: "false" }, FAULTY],
  ["additional-properties-schema", { type: "object", additionalProperties: {} }, LOADS],
  ["required-text", { ...O, properties: { a: true }, required: "a" }, FAULTY],
  ["required-undeclared", { ...O, required: ["a"] }, FAULTY],
  [
    "required-undeclared-though-open",
    { type: "object", additionalProperties: true, required: ["a"] },
    FAULTY,
  ],
  ["required-by-case", { ...O, properties: { a: true }, required: ["A"] }, FAULTY],
  ["required-constructor", { ...O, properties: {}, required: ["constructor"] }, FAULTY],
  ["required-twice", { ...O, properties: { a: true }, required: ["a", "a"] }, FAULTY],
  ["required-number", { ...O, properties: { "1": true }, required: [1] }, FAULTY],
  ["required-empty", { ...O, required: [] }, LOADS],
  ["required-proto", { ...O, properties: { ["__proto__"]: true }, required: ["__proto__"] }, LOADS],
  ["enum-empty", { enum: [] }, FAULTY],
  ["enum-text", { enum: "a" }, FAULTY],
  ["enum-of-arrays", { enum: [[1]] }, FAULTY],
  ["enum-of-objects", { enum: [{}] }, FAULTY],
  ["enum-twice", { enum: ["a", "a"] }, FAULTY],
  ["enum-twice-null", { enum: [null, null] }, FAULTY],
  ["const-object", { const: {} }, FAULTY],
  ["const-array", { const: [] }, FAULTY],
  ["const-null", { const: null }, LOADS],
  ["const-beside-enum", { const: "a", enum: ["a"] }, FAULTY],
];

const crossed: readonly Row[] = [
  ["lengths", { ...S, minLength: 2, maxLength: 1 }, FAULTY],
  ["lengths-equal", { ...S, minLength: 2, maxLength: 2 }, LOADS],
  ["items", { type: "array", minItems: 2, maxItems: 1 }, FAULTY],
  ["items-equal", { type: "array", minItems: 0, maxItems: 0 }, LOADS],
  ["bounds", { type: "number", minimum: 1, maximum: 0.5 }, FAULTY],
  ["bounds-equal", { type: "number", minimum: 1, maximum: 1 }, LOADS],
  ["bounds-exclusive", { type: "number", exclusiveMinimum: 1, exclusiveMaximum: 0 }, LOADS],
  ["bounds-half-exclusive", { type: "number", minimum: 1, exclusiveMaximum: 1 }, LOADS],
];

const literals: readonly Row[] = [
  ["null-by-type-alone", { type: ["string", "null"], enum: ["a"] }, FAULTY],
  ["null-by-literal-alone", { type: "string", enum: ["a", null] }, FAULTY],
  ["null-by-both", { type: ["string", "null"], enum: ["a", null] }, LOADS],
  ["null-const-of-a-pair", { type: ["string", "null"], const: null }, LOADS],
  ["null-const-of-a-string", { type: "string", const: null }, FAULTY],
  ["null-kind", { type: "null", enum: [null] }, LOADS],
  ["two-types", { enum: ["a", 1] }, FAULTY],
  ["two-types-boolean", { enum: [true, 1] }, FAULTY],
  ["integer-and-number", { enum: [1, 1.5] }, LOADS],
  ["untyped-with-null", { enum: ["a", null] }, LOADS],
  ["number-of-a-string", { type: "string", const: 1 }, FAULTY],
  ["text-of-a-number", { type: "number", const: "1" }, FAULTY],
  ["fraction-of-an-integer", { type: "integer", enum: [1, 1.5] }, FAULTY],
  ["2-to-53-of-an-integer", { type: "integer", const: 9007199254740992 }, FAULTY],
  ["2-to-53-minus-1-of-an-integer", { type: "integer", const: 9007199254740991 }, LOADS],
  ["2-to-53-untyped", { const: 9007199254740992 }, LOADS],
  ["capital", { enum: ["a", "B"] }, FAULTY],
  ["leading-space", { enum: [" a"] }, FAULTY],
  ["trailing-ideographic-space", { const: "a\u3000" }, FAULTY],
  ["inner-space", { const: "a b" }, LOADS],
  ["zero-width-space", { const: "a\u200b" }, LOADS],
  ["kelvin-sign", { const: "\u212a" }, FAULTY],
  ["final-sigma", { const: "\u03bf\u03c2" }, LOADS],
  ["unicode-17", { const: "\ua7ce" }, LOADS],
  ["empty", { const: "" }, LOADS],
  ["too-long", { type: "string", maxLength: 2, enum: ["ab", "abc"] }, FAULTY],
  ["too-short", { type: "string", minLength: 2, const: "a" }, FAULTY],
  ["below-minimum", { type: "number", minimum: 1, const: 0 }, FAULTY],
  ["at-exclusive-maximum", { type: "number", exclusiveMaximum: 1, const: 1 }, FAULTY],
  ["not-of-the-pattern", { type: "string", pattern: "^a", const: "b" }, FAULTY],
  ["of-the-pattern", { type: "string", pattern: "^a", const: "ab" }, LOADS],
  ["transient-moment", { const: MOMENT }, FAULTY],
  ["transient-uuid", { enum: ["123e4567-e89b-12d3-a456-426614174000"] }, FAULTY],
  ["transient-persistent", { type: "string", persistent: true, const: MOMENT }, LOADS],
  ["date", { const: "2024-05-20" }, LOADS],
];

const patterns: readonly Row[] = [
  ["plain", { ...S, pattern: "^[a-z]+(-[0-9]{2,3})?$" }, LOADS],
  ["unbalanced", { ...S, pattern: "(" }, FAULTY],
  ["unclosed-class", { ...S, pattern: "[a" }, FAULTY],
  ["nothing-to-repeat", { ...S, pattern: "*a" }, FAULTY],
  ["reversed-range", { ...S, pattern: "[b-a]" }, FAULTY],
  ["look-ahead", { ...S, pattern: "a(?=b)" }, FAULTY],
  ["look-behind", { ...S, pattern: "(?<=a)b" }, FAULTY],
  ["back-reference", { ...S, pattern: "(a)\\1" }, FAULTY],
  ["capital", { ...S, pattern: "A" }, FAULTY],
  ["capital-range", { ...S, pattern: "[A-Z]" }, FAULTY],
  ["capital-with-accent", { ...S, pattern: "\u00c9" }, FAULTY],
  ["kelvin-sign", { ...S, pattern: "\u212a" }, FAULTY],
  ["sharp-s", { ...S, pattern: "\u00df" }, LOADS],
  ["unicode-17", { ...S, pattern: "\ua7ce" }, LOADS],
  ["capitals-in-escapes", { ...S, pattern: "\\D\\W\\S\\B" }, LOADS],
  ["capital-by-escape", { ...S, pattern: "\\x41" }, LOADS],
  ["capitals-in-a-group-name", { ...S, pattern: "(?P<Name>a)" }, LOADS],
  ["leading-space", { ...S, pattern: " a" }, LOADS],
  ["empty", { ...S, pattern: "" }, LOADS],
];

const references: readonly Row[] = [
  ["to-a-definition", { $ref: "#/$defs/d" }, LOADS],
  ["annotated", { $ref: "#/$defs/d", title: "x", description: "y", $comment: "z" }, LOADS],
  ["beside-a-type", { $ref: "#/$defs/d", type: "string" }, FAULTY],
  ["beside-a-constraint", { $ref: "#/$defs/d", maxLength: 3 }, FAULTY],
  ["to-nothing", { $ref: "#/$defs/none" }, FAULTY],
  ["to-the-prototype", { $ref: "#/$defs/constructor" }, FAULTY],
  ["to-a-property", { $ref: "#/properties/p" }, FAULTY],
  ["to-the-root", { $ref: "#" }, FAULTY],
  ["to-another-document", { $ref: "other.json#/$defs/d" }, FAULTY],
  ["deeper", { $ref: "#/$defs/o/properties/p" }, FAULTY],
  ["without-name", { $ref: "#/$defs/" }, FAULTY],
  ["encoded", { $ref: "#/$defs/%64" }, FAULTY],
  ["number", { $ref: 1 }, FAULTY],
  ["definitions-inside", { type: "string", $defs: {} }, FAULTY],
];

export const cases: readonly SchemaCase[] = [
  ...inside("kind", "What a schema and a type may be (SPEC 5.1).", kinds),
  ...inside("unknown", "Any other keyword is a fault (SPEC 5.1).", unknown),
  ...inside("misplaced", "A keyword stands with its kinds alone (SPEC 5.1).", misplaced),
  ...inside("value", "What the value of a keyword may be (SPEC 5.1).", values),
  ...inside("crossed", "Bounds that no value is between (SPEC 5.1).", crossed),
  ...inside("literal", "A literal that no normal value can equal (SPEC 5.1).", literals),
  ...inside("pattern", "RE2, and no letter that normal text cannot hold (SPEC 5.1).", patterns),
  ...inside("reference", "What a reference may be (SPEC 5.1).", references),
  ...roots.cases,
];
