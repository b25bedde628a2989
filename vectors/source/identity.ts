import { bare, envelope, type Fate, MALFORMED, type More, refused, type Source } from "./case.ts";

export const about = "The three forms, and trace_ids that must or must not be one (SPEC 6.1, 6.2).";

const violation = (form: string): Fate => refused("INPUT_SHAPE_VIOLATION", form);
const unknown = (form: string): Fate => refused("UNKNOWN_CATEGORY", form);

const BRACKETS =
  "A bracketed form has steps 1 and 2 alone: no null filled in, nothing sorted (SPEC 6.1).";

const BAGS: More = {
  shapes: {
    note: {
      type: "object",
      additionalProperties: false,
      properties: {
        a: { type: "array", unordered: true },
        b: { type: "integer" },
        c: { type: "integer" },
      },
    },
  },
};

const forms: readonly Source[] = [
  bare(
    "form-bracketed",
    BRACKETS,
    '{"c":"X","a":["B","a"]}',
    violation('{"a":["b","a"],"c":"x"}'),
    BAGS,
  ),
  bare(
    "form-accepted-beside",
    "The same member accepted: sorted, and nulls filled in (SPEC 6.1).",
    '{"a":["B","a"]}',
    '{"a":["a","b"],"b":null,"c":null}',
    BAGS,
  ),
  bare(
    "form-bracketed-number",
    "Numbers are canonical in a bracketed form too (SPEC 4, 6.1).",
    '{"b":1.50,"c":1E2}',
    violation('{"b":1.5,"c":100}'),
    BAGS,
  ),
  bare(
    "form-bracketed-at-depth",
    BRACKETS,
    '{"q":[" B ",{"Z":null,"Y":[" C"]}]}',
    violation('{"q":["b",{"Y":["c"],"Z":null}]}'),
    BAGS,
  ),
  bare(
    "form-bracketed-null",
    "A received null stays in a bracketed form (SPEC 6.1).",
    '{"b":null,"c":"x"}',
    violation('{"b":null,"c":"x"}'),
    BAGS,
  ),
  bare(
    "form-bracketed-names",
    "Names stay as received (SPEC 4, 6.1).",
    '{" A":1,"__proto__":{"10":" B","9":1}}',
    violation('{" A":1,"__proto__":{"10":"b","9":1}}'),
    BAGS,
  ),
  bare(
    "form-unknown-category",
    "A bracketed form (SPEC 6.1).",
    '{"b":1,"A":" X"}',
    unknown('{"A":"x","b":1}'),
    { category: "other" },
  ),
  bare("form-digest", "The digest in hex, in quotes (SPEC 6.1).", "", {
    refusal: "MALFORMED_INPUT",
    form: '"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"',
  }),
];

const LOOKS = "A trace_id is one only with one form, category and version (SPEC 6.2).";

/** Inputs of which no two may have one trace_id. */
const distinct: readonly (readonly [name: string, received: string])[] = [
  ["number", '{"a":1}'],
  ["text-of-number", '{"a":"1"}'],
  ["null", '{"a":null}'],
  ["text-of-null", '{"a":"null"}'],
  ["absent-where-undeclared", "{}"],
  ["empty-text", '{"a":""}'],
  ["empty-array", '{"a":[]}'],
  ["empty-object", '{"a":{}}'],
  ["false", '{"a":false}'],
  ["zero", '{"a":0}'],
  ["array-of-null", '{"a":[null]}'],
  ["two-elements", '{"a":["b","c"]}'],
  ["joined-elements", '{"a":["b,c"]}'],
  ["joined-with-quotes", '{"a":["b\\",\\"c"]}'],
  ["nested-element", '{"a":[["b"],"c"]}'],
  ["other-nesting", '{"a":["b",["c"]]}'],
  ["member-in-the-name", '{"a\\":1,\\"b":2}'],
  ["two-members", '{"a":1,"b":2}'],
  ["swapped-members", '{"a":2,"b":1}'],
  ["text-of-object", '{"a":"{\\"b\\":1}"}'],
  ["object", '{"a":{"b":1}}'],
  ["escape-in-text", '{"a":"\\\\n"}'],
  ["line-feed-in-text", '{"a":"x\\nx"}'],
  ["capital-name", '{"A":1}'],
  ["composed", '{"a":"\u00e9"}'],
  ["decomposed", '{"a":"e\u0301"}'],
  ["inner-space", '{"a":"b c"}'],
  ["two-inner-spaces", '{"a":"b  c"}'],
  ["zero-width-space", '{"a":"b\u200b"}'],
  ["without-zero-width-space", '{"a":"b"}'],
  ["cyrillic-look-alike", '{"a":"\u0430"}'],
  ["latin-look-alike", '{"a":"a"}'],
  ["2-to-53", '{"a":9007199254740992}'],
  ["2-to-53-minus-1", '{"a":9007199254740991}'],
];

/** Ways to write one input. */
const same: readonly (readonly [name: string, received: string])[] = [
  ["plain", '{"n":10,"p":"ab c"}'],
  ["other-order", '{"p":"ab c","n":10}'],
  ["white-space", ' {\n"n" : 10 , "p" : "ab c" }\t'],
  ["capitals", '{"n":10,"p":"AB C"}'],
  ["padding", '{"n":10,"p":"\u3000ab c\\n"}'],
  ["escapes", '{"\\u006e":10,"p":"\\u0061b\\u0020c"}'],
  ["exponent", '{"n":1e1,"p":"ab c"}'],
  ["fraction", '{"n":10.00,"p":"ab c"}'],
  ["null-for-absent", '{"n":10,"p":"ab c","q":null}'],
];

const SAME: More = {
  shapes: {
    note: {
      type: "object",
      additionalProperties: false,
      properties: { n: { type: "integer" }, p: { type: "string" }, q: { type: "string" } },
    },
  },
};

const SAID = '{"a":"b"}';
const DIGEST_OF_ARRAY = "915af007afcbfc6a0f54037264d68e5fa775c75812e8daeef5c6f476c28b0433";

const injectivity: readonly Source[] = [
  ...distinct.map(([name, received]) => bare(`distinct-${name}`, LOOKS, received, received)),
  ...same.map(([name, received]) =>
    bare(
      `same-${name}`,
      "All ways to write one input have one trace_id (SPEC 6.2).",
      received,
      '{"n":10,"p":"ab c","q":null}',
      SAME,
    ),
  ),
  bare("distinct-category", LOOKS, SAID, SAID, {
    category: "noted",
    shapes: { noted: { type: "object", additionalProperties: true } },
  }),
  bare("distinct-bundle", LOOKS, SAID, SAID, { digest: "1".repeat(64) }),
  bare("distinct-bundle-last-digit", LOOKS, SAID, SAID, { digest: `${"0".repeat(63)}1` }),
  bare("distinct-bundle-hex", LOOKS, SAID, SAID, { digest: "0123456789abcdef".repeat(4) }),
  bare("distinct-accepted-and-unknown", LOOKS, SAID, unknown(SAID), { category: "noted" }),
  bare(
    "distinct-array-of-it",
    "A received array is no bracketed form: it is malformed (SPEC 2.3, 6.1).",
    `[${SAID}]`,
    MALFORMED,
  ),
  bare(
    "distinct-text-of-a-digest",
    "A received text is no digest: it is malformed (SPEC 2.3, 6.1).",
    `"${DIGEST_OF_ARRAY}"`,
    MALFORMED,
  ),
  bare("distinct-category-in-the-text", LOOKS, '{"a":"b"}', unknown(SAID), {
    category: "note_note",
  }),
  envelope(
    "same-enveloped",
    "An envelope and a bare input have one trace_id (SPEC 2.2, 2.3, 6.2).",
    '{"x":1,"input":{"p":"AB C","n":10},"category":"note"}',
    '{"n":10,"p":"ab c","q":null}',
    SAME,
  ),
];

export const cases: readonly Source[] = [...forms, ...injectivity];
