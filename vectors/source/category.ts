import { bare, envelope, MALFORMED, malformed, refused, type Source } from "./case.ts";

export const about = "What is a category, and what becomes unrecognized (SPEC 2.1).";

const UNKNOWN = { category: "unrecognized" };

const NAMED = "[a-z][a-z_]{0,63} is a category and is used as given (SPEC 2.1).";
const UNNAMED = "Anything else becomes unrecognized (SPEC 2.1).";

const fitting: readonly string[] = [
  "a",
  "z",
  "a_",
  "a__b",
  "constructor",
  "null",
  "unrecognized",
  "z".repeat(64),
  `a${"_".repeat(63)}`,
];

const unfitting: readonly (readonly [name: string, category: string])[] = [
  ["empty", ""],
  ["sixty-five-letters", "z".repeat(65)],
  ["leading-underscore", "_a"],
  ["proto", "__proto__"],
  ["capital", "Note"],
  ["capital-inside", "noTe"],
  ["digit", "note1"],
  ["leading-digit", "1note"],
  ["hyphen", "no-te"],
  ["dot", "no.te"],
  ["leading-space", " note"],
  ["trailing-space", "note "],
  ["trailing-line-feed", "note\n"],
  ["two-lines", "note\nnote"],
  ["trailing-nul", "note\u0000"],
  ["accent", "not\u00e9"],
  ["kelvin-sign", "\u212aey"],
  ["dotless-i", "l\u0131st"],
  ["full-width", "\uff4eote"],
  ["emoji", "\u{1f600}"],
];

const unknown = refused("UNKNOWN_CATEGORY", '{"a":"b"}');
const SAID = '{"a":" B"}';

export const cases: readonly Source[] = [
  ...fitting.flatMap((category, i) => [
    envelope(
      `category-fits-${i}`,
      NAMED,
      `{"category":"${category}","input":${SAID}}`,
      '{"a":"b"}',
      { category, shapes: { [category]: { type: "object", additionalProperties: true } } },
    ),
    bare(
      `category-fits-${i}-bare-undefined`,
      "A category that the bundle has not (SPEC 6.1).",
      SAID,
      unknown,
      { category },
    ),
  ]),
  ...unfitting.flatMap(([name, category]) => [
    envelope(
      `category-${name}`,
      UNNAMED,
      `{"category":${JSON.stringify(category)},"input":${SAID}}`,
      unknown,
      UNKNOWN,
    ),
    bare(
      `category-${name}-bare`,
      `${UNNAMED} Also where it is given apart (SPEC 2.3).`,
      SAID,
      unknown,
      { category },
    ),
  ]),
  ...["null", "true", "1", '["note"]', '{"note":1}'].map((value, i) =>
    envelope(
      `category-no-string-${i}`,
      UNNAMED,
      `{"category":${value},"input":${SAID}}`,
      unknown,
      UNKNOWN,
    ),
  ),
  envelope("category-absent", UNNAMED, `{"input":${SAID}}`, unknown, UNKNOWN),
  envelope(
    "category-capital-member",
    UNNAMED,
    `{"Category":"note","input":${SAID}}`,
    unknown,
    UNKNOWN,
  ),
  envelope(
    "category-unfit-and-input-no-object",
    "Rule 2 holds before rule 4 (SPEC 2.2).",
    '{"category":"Note","input":[1]}',
    malformed("[1]"),
    UNKNOWN,
  ),
  envelope(
    "category-unfit-and-no-input",
    "Rule 2 holds before rule 3 (SPEC 2.2).",
    '{"category":1}',
    MALFORMED,
    UNKNOWN,
  ),
];
