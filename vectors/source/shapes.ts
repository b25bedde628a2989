import type { Plain } from "../case.ts";
import { type Fate, type More, type Source, TRANSIENT, under, VIOLATION } from "./case.ts";

export const about = "Each keyword of a scalar on both sides of its boundary (SPEC 5.1, 5.3).";

type Row = readonly [name: string, schema: Plain, value: string, fate: Fate, more?: More];

export function rows(section: string, why: string, table: readonly Row[]): Source[] {
  return table.map(([name, schema, value, fate, more]) => {
    return under(`${section}-${name}`, why, schema, value, fate, more);
  });
}

const S = { type: "string" };
const UUID = '"123e4567-e89b-12d3-a456-426614174000"';

const strings: readonly Row[] = [
  ["normal-text", S, '" A\u00c9 "', '"a\u00e9"'],
  ["empty", S, '""', '""'],
  ["number", S, "1", VIOLATION],
  ["boolean", S, "true", VIOLATION],
  ["array", S, '["a"]', VIOLATION],
  ["object", S, '{"a":"a"}', VIOLATION],
  ["length-counts-normal-text", { ...S, maxLength: 3 }, '" abc\u3000"', '"abc"'],
  ["max-length", { ...S, maxLength: 3 }, '"abc"', '"abc"'],
  ["max-length-beyond", { ...S, maxLength: 3 }, '"abcd"', VIOLATION],
  ["max-length-inner-space", { ...S, maxLength: 3 }, '"a bc"', VIOLATION],
  ["max-length-zero", { ...S, maxLength: 0 }, '" "', '""'],
  ["max-length-zero-beyond", { ...S, maxLength: 0 }, '"a"', VIOLATION],
  [
    "max-length-code-points",
    { ...S, maxLength: 2 },
    '"\u{1f600}\u{1f600}"',
    '"\u{1f600}\u{1f600}"',
  ],
  ["max-length-no-graphemes", { ...S, maxLength: 1 }, '"e\u0301"', VIOLATION],
  ["max-length-escapes", { ...S, maxLength: 1 }, '"\\u0001"', '"\\u0001"'],
  ["min-length", { ...S, minLength: 2 }, '"ab"', '"ab"'],
  ["min-length-below", { ...S, minLength: 2 }, '"a"', VIOLATION],
  ["min-length-code-points", { ...S, minLength: 2 }, '"\u{1f600}"', VIOLATION],
  ["min-length-only-white-space", { ...S, minLength: 1 }, '" \u2003"', VIOLATION],
  ["exact", { ...S, exact: true }, '"abc d"', '"abc d"'],
  ["exact-capital", { ...S, exact: true }, '"Abc"', VIOLATION],
  ["exact-leading-space", { ...S, exact: true }, '" abc"', VIOLATION],
  ["exact-trailing-line-feed", { ...S, exact: true }, '"abc\\n"', VIOLATION],
  ["exact-look-alike", { ...S, exact: true }, '"abc\u200b"', '"abc\u200b"'],
  ["exact-kelvin-sign", { ...S, exact: true }, '"\u212a"', VIOLATION],
  ["exact-unicode-17", { ...S, exact: true }, '"\ua7ce"', '"\ua7ce"'],
  ["exact-escaped", { ...S, exact: true }, '"\\u0061"', '"a"'],
  ["exact-empty", { ...S, exact: true }, '""', '""'],
  ["exact-false", { ...S, exact: false }, '" A"', '"a"'],
  ["transient", S, UUID, TRANSIENT],
  ["persistent", { ...S, persistent: true }, UUID, UUID],
  ["persistent-false", { ...S, persistent: false }, UUID, TRANSIENT],
  [
    "persistent-moment",
    { ...S, persistent: true },
    '" 2024-05-20T10:00:00Z"',
    '"2024-05-20t10:00:00z"',
  ],
  [
    "persistent-exact",
    { ...S, persistent: true, exact: true },
    '"2024-05-20T10:00:00Z"',
    VIOLATION,
  ],
];

const patterns: readonly Row[] = [
  ["anywhere", { ...S, pattern: "b" }, '"abc"', '"abc"'],
  ["nowhere", { ...S, pattern: "b" }, '"acd"', VIOLATION],
  ["on-normal-text", { ...S, pattern: "^b" }, '" B"', '"b"'],
  ["anchored-at-start", { ...S, pattern: "^b" }, '"abc"', VIOLATION],
  ["anchored-at-end", { ...S, pattern: "c$" }, '"abc "', '"abc"'],
  ["anchored-at-both", { ...S, pattern: "^b$" }, '"bb"', VIOLATION],
  ["end-is-the-end-of-text", { ...S, pattern: "^a$" }, '"a\\nb"', VIOLATION],
  ["start-is-the-start-of-text", { ...S, pattern: "^b" }, '"a\\nb"', VIOLATION],
  ["dot-is-a-code-point", { ...S, pattern: "^.$" }, '"\u{1f600}"', '"\u{1f600}"'],
  ["dot-is-no-line-feed", { ...S, pattern: "a.b" }, '"a\\nb"', VIOLATION],
  ["class-beyond-bmp", { ...S, pattern: "^[\u{1f600}-\u{1f64f}]$" }, '"\u{1f610}"', '"\u{1f610}"'],
  ["negated-class-is-a-code-point", { ...S, pattern: "^[^a]$" }, '"\u{1f600}"', '"\u{1f600}"'],
  ["repetition", { ...S, pattern: "^[a-z]{2,3}$" }, '"abc"', '"abc"'],
  ["repetition-beyond", { ...S, pattern: "^[a-z]{2,3}$" }, '"abcd"', VIOLATION],
  ["alternation", { ...S, pattern: "^(ab|cd)+$" }, '"abcdab"', '"abcdab"'],
  ["digit", { ...S, pattern: "^\\d+$" }, '"12"', '"12"'],
  ["digit-is-ascii", { ...S, pattern: "^\\d$" }, '"\u0661"', VIOLATION],
  ["word-is-ascii", { ...S, pattern: "^\\w$" }, '"\u00e9"', VIOLATION],
  ["space-is-ascii", { ...S, pattern: "a\\sb" }, '"a\u00a0b"', VIOLATION],
  ["space", { ...S, pattern: "a\\sb" }, '"a\\tb"', '"a\\tb"'],
  ["empty-text", { ...S, pattern: "^$" }, '" "', '""'],
  ["escaped-capital", { ...S, pattern: "^\\x41$" }, '"A"', VIOLATION],
  ["space-is-no-line-tabulation", { ...S, pattern: "a\\sb" }, '"a\\u000bb"', VIOLATION],
  ["line-tabulation", { ...S, pattern: "a\\vb" }, '"a\\u000bb"', '"a\\u000bb"'],
  ["boundary-is-ascii", { ...S, pattern: "a\\b" }, '"a\u00e9"', '"a\u00e9"'],
  ["no-boundary", { ...S, pattern: "a\\Bb" }, '"ab"', '"ab"'],
  ["class-of-a-hyphen", { ...S, pattern: "^[^a-]$" }, '"-"', VIOLATION],
  ["class-of-no-digit", { ...S, pattern: "^[^\\d]$" }, '"1"', VIOLATION],
  ["class-holds-line-feeds", { ...S, pattern: "a[^b]b" }, '"a\\nb"', '"a\\nb"'],
  ["escape-of-a-code-point", { ...S, pattern: "^\\x{1f600}$" }, '"\u{1f600}"', '"\u{1f600}"'],
  ["count-without-upper-bound", { ...S, pattern: "^a{2,}$" }, '"aaaa"', '"aaaa"'],
  ["lazy-is-greedy", { ...S, pattern: "^a+?$" }, '"aaa"', '"aaa"'],
  ["nested-repetition", { ...S, pattern: "^(a+)+$" }, `"${"a".repeat(16)}b"`, VIOLATION],
];

const I = { type: "integer" };
const N = { type: "number" };

const numbers: readonly Row[] = [
  ["integer", I, "7", "7"],
  ["integer-by-point-zero", I, "7.0", "7"],
  ["integer-by-exponent", I, "1e3", "1000"],
  ["integer-minus-zero", I, "-0", "0"],
  ["integer-greatest", I, "9007199254740991", "9007199254740991"],
  ["integer-beyond-greatest", I, "9007199254740992", VIOLATION],
  ["integer-least", I, "-9007199254740991", "-9007199254740991"],
  ["integer-beyond-least", I, "-9007199254740992", VIOLATION],
  ["integer-great-exponent", I, "1e23", VIOLATION],
  ["integer-fraction", I, "0.5", VIOLATION],
  ["integer-small-fraction", I, "5e-324", VIOLATION],
  ["integer-text", I, '"7"', VIOLATION],
  ["integer-boolean", I, "true", VIOLATION],
  ["integer-array", I, "[7]", VIOLATION],
  ["number-fraction", N, "1.50", "1.5"],
  ["number-2-to-53", N, "9007199254740992", "9007199254740992"],
  ["number-great", N, "1e23", "1e+23"],
  ["number-text", N, '"1"', VIOLATION],
  ["number-object", N, "{}", VIOLATION],
  ["minimum", { ...N, minimum: 1 }, "1", "1"],
  ["minimum-below", { ...N, minimum: 1 }, "0.9999999999999999", VIOLATION],
  ["minimum-zero-and-minus-zero", { ...N, minimum: 0 }, "-0.0", "0"],
  ["minimum-fraction-on-integer", { ...I, minimum: 0.5 }, "0", VIOLATION],
  ["maximum", { ...N, maximum: 2 }, "2", "2"],
  ["maximum-beyond", { ...N, maximum: 2 }, "2.0000000000000004", VIOLATION],
  ["exclusive-minimum", { ...N, exclusiveMinimum: 1 }, "1", VIOLATION],
  [
    "exclusive-minimum-beyond",
    { ...N, exclusiveMinimum: 1 },
    "1.0000000000000002",
    "1.0000000000000002",
  ],
  ["exclusive-maximum", { ...N, exclusiveMaximum: 1 }, "1", VIOLATION],
  [
    "exclusive-maximum-below",
    { ...N, exclusiveMaximum: 1 },
    "0.9999999999999999",
    "0.9999999999999999",
  ],
  ["exclusive-both-on-integer", { ...I, exclusiveMinimum: 0, exclusiveMaximum: 2 }, "1", "1"],
  ["minimum-and-exclusive", { ...I, minimum: 1, exclusiveMinimum: 1 }, "1", VIOLATION],
  ["minimum-is-maximum", { ...I, minimum: 1, maximum: 1 }, "1", "1"],
];

const B = { type: "boolean" };

const others: readonly Row[] = [
  ["true", B, "true", "true"],
  ["false", B, "false", "false"],
  ["boolean-number", B, "0", VIOLATION],
  ["boolean-text", B, '"true"', VIOLATION],
  ["boolean-enum", { ...B, enum: [true] }, "true", "true"],
  ["boolean-enum-other", { ...B, enum: [true] }, "false", VIOLATION],
  ["null", { type: "null" }, "null", "null"],
  ["null-false", { type: "null" }, "false", VIOLATION],
  ["null-text", { type: "null" }, '"null"', VIOLATION],
  ["null-by-enum", { enum: [null] }, "0", VIOLATION],
  ["any-null", true, "null", "null"],
  ["any-text", true, '" A"', '"a"'],
  ["any-transient", true, UUID, TRANSIENT],
  ["any-empty-schema", {}, '[" A",{"B":null}]', '["a",{"B":null}]'],
  ["any-titled", { title: "x", description: "y", $comment: "z" }, "1e21", "1e+21"],
  ["any-2-to-53", true, "9007199254740992", "9007199254740992"],
  ["annotations", { ...S, title: "x", description: "y", $comment: "z" }, '"A"', '"a"'],
];

const literals: readonly Row[] = [
  ["text", { enum: ["a", "b"] }, '" B"', '"b"'],
  ["text-other", { enum: ["a", "b"] }, '"c"', VIOLATION],
  ["text-prefix", { enum: ["ab"] }, '"a"', VIOLATION],
  ["text-kelvin", { enum: ["k"] }, '"\u212a"', '"k"'],
  ["text-exact", { ...S, exact: true, enum: ["a"] }, '"A"', VIOLATION],
  ["text-no-folding", { const: "stra\u00dfe" }, '"STRASSE"', VIOLATION],
  ["text-capital-sharp-s", { const: "stra\u00dfe" }, '"STRA\u1e9eE"', '"stra\u00dfe"'],
  ["text-of-a-number", { const: "1" }, "1", VIOLATION],
  ["text-of-null", { const: "null" }, '"NULL"', '"null"'],
  ["text-empty", { const: "" }, '" "', '""'],
  [
    "text-transient",
    { const: "2024-05-20t10:00:00z", type: "string", persistent: true },
    '"2024-05-20T10:00:00Z"',
    '"2024-05-20t10:00:00z"',
  ],
  ["number", { const: 1 }, "1.0", "1"],
  ["number-other", { const: 1 }, "2", VIOLATION],
  ["number-text", { const: 1 }, '"1"', VIOLATION],
  ["number-boolean", { const: 1 }, "true", VIOLATION],
  ["boolean-number", { const: true }, "1", VIOLATION],
  ["zero-and-false", { const: 0 }, "false", VIOLATION],
  ["minus-zero", { const: 0 }, "-0", "0"],
  ["mixed-numbers", { enum: [0, 1.5] }, "1.5", "1.5"],
  ["mixed-numbers-other", { enum: [0, 1.5] }, "1", VIOLATION],
  ["beyond-integers", { enum: [9007199254740992] }, "9007199254740992", "9007199254740992"],
  ["typed-integer", { type: "integer", enum: [1, 2] }, "2", "2"],
  ["typed-number", { type: "number", enum: [1, 2] }, "2.0", "2"],
  ["boolean", { const: false }, "false", "false"],
  ["boolean-text", { const: false }, '"false"', VIOLATION],
  ["nullable", { enum: ["a", null] }, '"A"', '"a"'],
  ["nullable-other", { enum: ["a", null] }, '"null"', VIOLATION],
];

export const cases: readonly Source[] = [
  ...rows(
    "string",
    "Strings are judged by their normal text; exact alone sees what was received (SPEC 5.3).",
    strings,
  ),
  ...rows("pattern", "A match somewhere in the normal text, by code points (SPEC 5.1).", patterns),
  ...rows("numeric", "Integers and numbers, and their bounds (SPEC 5.3).", numbers),
  ...rows("scalar", "Booleans, null and any value (SPEC 5.3).", others),
  ...rows(
    "literal",
    "The normal value is one of the literals, of the same type (SPEC 5.1, 5.3).",
    literals,
  ),
];
