import { type Bytes, bare, envelope, MALFORMED, malformed, raw, type Source } from "./case.ts";

export const about =
  "What arrives (SPEC 2.2, 2.3): envelopes, bare inputs, and which bytes name what is refused.";

const UNKNOWN = { category: "unrecognized" };

const ENVELOPE_1 = "No strict JSON object: unrecognized, all the bytes (SPEC 2.2 rule 1).";
const ENVELOPE_3 = "No member input: the category, and all the bytes (SPEC 2.2 rule 3).";
const ENVELOPE_4 =
  "The input is no object: the category, and the bytes of its value (SPEC 2.2 rule 4).";
const FURTHER = "Members other than category and input are ignored (SPEC 2.2).";

const good = (input: string): string => `{"category":"note","input":${input}}`;

const envelopes: readonly Source[] = [
  envelope("envelope", "Category and input (SPEC 2.2).", good('{"a":1}'), '{"a":1}'),
  envelope(
    "envelope-input-first",
    "The order of members carries no meaning (SPEC 2.2).",
    '{"input":{"a":1},"category":"note"}',
    '{"a":1}',
  ),
  envelope(
    "envelope-in-white-space",
    "White space around tokens (SPEC 1.1 rule 2).",
    '\n { "category" : "note" , "input" : { "a" : 1 } } \r\n',
    '{"a":1}',
  ),
  envelope(
    "envelope-names-escaped",
    "Names are compared after escapes (SPEC 1.1 rule 4).",
    '{"c\\u0061tegory":"n\\u006fte","\\u0069nput":{"a":1}}',
    '{"a":1}',
  ),
  envelope(
    "envelope-further-members",
    FURTHER,
    '{"category":"note","x":[1,{"input":2}],"input":{"a":1},"host":{"caller":"x"}}',
    '{"a":1}',
  ),
  envelope(
    "envelope-further-proto",
    FURTHER,
    '{"__proto__":{"input":1,"category":"other"},"category":"note","input":{},"constructor":null}',
    "{}",
  ),
  envelope("envelope-further-null", FURTHER, '{"category":"note","input":{},"":null}', "{}"),
  ...(
    [
      ["empty", ""],
      ["white-space", " "],
      ["null", "null"],
      ["string", '"note"'],
      ["number", "1"],
      ["array", '[{"category":"note","input":{}}]'],
      ["no-json", "{category:note}"],
      ["two-lines", `${good("{}")}\n${good("{}")}`],
      ["byte-order-mark", `\ufeff${good("{}")}`],
      ["input-twice", '{"category":"note","input":{},"input":{}}'],
      ["input-twice-by-escape", '{"category":"note","input":{},"\\u0069nput":{}}'],
      ["category-twice", '{"category":"note","category":"note","input":{}}'],
      ["further-member-twice", '{"category":"note","input":{},"x":1,"x":1}'],
      ["duplicate-inside-input", good('{"a":1,"a":1}')],
      ["duplicate-inside-a-further-member", '{"category":"note","input":{},"x":{"a":1,"a":1}}'],
      ["number-lost-in-input", good('{"a":1e400}')],
      ["number-lost-in-a-further-member", '{"category":"note","input":{},"x":1e400}'],
      ["lone-surrogate-in-category", '{"category":"\\ud800","input":{}}'],
      ["ill-formed-utf8", raw`{"category":"note","input":{"a":"${[0xff]}"}}`],
      ["cut", '{"category":"note","input":{}'],
    ] as readonly (readonly [string, Bytes])[]
  ).map(([name, received]) =>
    envelope(`envelope-refused-${name}`, ENVELOPE_1, received, MALFORMED, UNKNOWN),
  ),
  envelope("envelope-without-input", ENVELOPE_3, '{"category":"note"}', MALFORMED),
  envelope(
    "envelope-without-input-in-white-space",
    ENVELOPE_3,
    ' {"category":"note"}\n',
    MALFORMED,
  ),
  envelope("envelope-with-capital-input", ENVELOPE_3, '{"category":"note","Input":{}}', MALFORMED),
  envelope("envelope-with-padded-input", ENVELOPE_3, '{"category":"note","input ":{}}', MALFORMED),
  envelope(
    "envelope-with-input-elsewhere",
    ENVELOPE_3,
    '{"category":"note","x":{"input":{}}}',
    MALFORMED,
  ),
  envelope(
    "envelope-empty",
    "Neither category nor input (SPEC 2.2 rules 2 and 3).",
    "{}",
    MALFORMED,
    UNKNOWN,
  ),
  ...["null", "true", "false", "0", "-1.50", '"{}"', "[]", '[{"a":1}]', '"\\u0041"'].map(
    (value, i) =>
      envelope(
        `envelope-input-no-object-${i}`,
        ENVELOPE_4,
        `{"input": \t${value}\n ,"category":"note"}`,
        malformed(value),
      ),
  ),
  envelope(
    "envelope-input-array-as-received",
    "The bytes of the value, with the white space inside it (SPEC 2.2 rule 4).",
    good(" [ 1 ,\n 2 ] "),
    malformed("[ 1 ,\n 2 ]"),
  ),
  envelope(
    "envelope-input-array-last",
    ENVELOPE_4,
    '{"category":"note","input":[1] } ',
    malformed("[1]"),
  ),
  envelope(
    "envelope-input-string-beyond-ascii",
    "The bytes of the value are UTF-8 (SPEC 2.2 rule 4).",
    good('"\u00e9\u{1f600}"'),
    malformed('"\u00e9\u{1f600}"'),
  ),
  envelope(
    "envelope-input-string-behind-wide-text",
    "Offsets are counted in bytes (SPEC 2.2 rule 4).",
    '{"x":"\u00e9\u20ac\u{1f600}","category":"note","input":"\u00e9"}',
    malformed('"\u00e9"'),
  ),
  envelope(
    "envelope-input-number-token",
    "Not the number but its bytes are named (SPEC 2.2 rule 4).",
    good("10E-1"),
    malformed("10E-1"),
  ),
];

const BARE_WHOLE = "No strict JSON text: all the bytes, white space included (SPEC 2.3).";
const BARE_VALUE =
  "No object: the bytes of the value, without the white space around it (SPEC 2.3).";

const bares: readonly Source[] = [
  bare("bare", "The bytes are the input (SPEC 2.3).", '{"a":1}', '{"a":1}'),
  bare("bare-in-white-space", "White space around the value (SPEC 2.3).", '\t{"a":1}\n', '{"a":1}'),
  bare("bare-envelope-is-an-input", "Nothing is unwrapped (SPEC 2.3).", good("{}"), good("{}")),
  bare("bare-empty", BARE_WHOLE, "", MALFORMED),
  bare("bare-no-json-in-white-space", BARE_WHOLE, " {a} \n", MALFORMED),
  bare("bare-two-values", BARE_WHOLE, "{} {}", MALFORMED),
  bare("bare-null-in-white-space", BARE_VALUE, " null\n", malformed("null")),
  bare("bare-array-in-white-space", BARE_VALUE, "\r\n[ 1, 2 ]\t", malformed("[ 1, 2 ]")),
  bare("bare-string", BARE_VALUE, ' "\\u0041 " ', malformed('"\\u0041 "')),
  bare("bare-number", BARE_VALUE, "1.0 ", malformed("1.0")),
  bare("bare-true", BARE_VALUE, "true", malformed("true")),
];

export const cases: readonly Source[] = [...envelopes, ...bares];
