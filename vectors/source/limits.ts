import {
  bare,
  envelope,
  type Fate,
  MALFORMED,
  malformed,
  nested,
  refused,
  type Source,
  VIOLATION,
} from "./case.ts";

export const about =
  "Depth 64 and 1 MiB, exactly and one beyond, and what has no limit (SPEC 1.3, 2.2).";

const UNKNOWN = { category: "unrecognized" };

const good = (input: string): string => `{"category":"note","input":${input}}`;

const unknown = refused("UNKNOWN_CATEGORY", '{"a":"b"}');
const SAID = '{"a":" B"}';

/** An object of this depth. */
const deep = (depth: number): string => `{"a":${nested(depth - 1)}}`;

const DEPTH = "The depth of an input is at most 64 (SPEC 1.3).";
const ALL = "Depth and grammar are checked to the end of all the bytes (SPEC 2.2 rule 1).";
const [AT_LIMIT, BEYOND] = [deep(64), deep(65)];
const DEEPEST = 2000;

const depths: readonly Source[] = [
  bare("depth-64", DEPTH, AT_LIMIT, AT_LIMIT),
  bare("depth-65", DEPTH, ` ${BEYOND} `, malformed(BEYOND)),
  bare(
    "depth-64-of-objects",
    DEPTH,
    `${'{"a":'.repeat(63)}{}${"}".repeat(63)}`,
    `${'{"a":'.repeat(63)}{}${"}".repeat(63)}`,
  ),
  bare("depth-65-of-objects", DEPTH, `${'{"a":'.repeat(64)}{}${"}".repeat(64)}`, MALFORMED),
  bare(
    "depth-64-holding-a-scalar",
    "A scalar adds no depth (SPEC 1.3).",
    `{"a":${"[".repeat(63)}1${"]".repeat(63)}}`,
    `{"a":${"[".repeat(63)}1${"]".repeat(63)}}`,
  ),
  bare(
    "depth-65-holding-a-scalar",
    "An array adds one, empty or not (SPEC 1.3).",
    `{"a":${"[".repeat(64)}1${"]".repeat(64)}}`,
    MALFORMED,
  ),
  bare(
    "depth-65-in-the-last-member",
    "The greatest depth counts (SPEC 1.3).",
    `{"z":1,"b":${nested(64)}}`,
    MALFORMED,
  ),
  bare(
    "depth-64-of-two-branches",
    "Depths are not added (SPEC 1.3).",
    `{"a":${nested(63)},"b":${nested(63)}}`,
    `{"a":${nested(63)},"b":${nested(63)}}`,
  ),
  envelope(
    "depth-64-enveloped",
    "The envelope does not count (SPEC 2.2 rule 1).",
    good(AT_LIMIT),
    AT_LIMIT,
  ),
  envelope(
    "depth-65-enveloped",
    "An input too deep is named by its own bytes (SPEC 2.2 rule 4).",
    good(` ${BEYOND} `),
    malformed(BEYOND),
  ),
  envelope(
    "depth-65-enveloped-array",
    "No object and too deep (SPEC 2.2 rule 4).",
    good(nested(65)),
    malformed(nested(65)),
  ),
  envelope(
    "depth-64-further-member",
    "Other members may be 64 deep (SPEC 2.2 rule 1).",
    `{"x":${nested(64)},"category":"note","input":{}}`,
    "{}",
  ),
  envelope(
    "depth-65-further-member",
    "Other members may be 64 deep (SPEC 2.2 rule 1).",
    `{"x":${nested(65)},"category":"note","input":{}}`,
    MALFORMED,
    UNKNOWN,
  ),
  envelope(
    "depth-65-further-member-behind",
    "Rule 1 holds before rule 4 (SPEC 2.2).",
    `{"category":"note","input":[],"x":${nested(65)}}`,
    MALFORMED,
    UNKNOWN,
  ),
  envelope(
    "depth-64-category",
    "The category is a member like others (SPEC 2.2 rule 1).",
    `{"category":${nested(64)},"input":${SAID}}`,
    unknown,
    UNKNOWN,
  ),
  envelope(
    "depth-65-category",
    "The category is a member like others (SPEC 2.2 rule 1).",
    `{"category":${nested(65)},"input":${SAID}}`,
    MALFORMED,
    UNKNOWN,
  ),
  envelope(
    "depth-70-duplicate-name",
    ALL,
    good(`{"a":${"[".repeat(70)}{"b":1,"b":1}${"]".repeat(70)}}`),
    MALFORMED,
    UNKNOWN,
  ),
  envelope(
    "depth-70-lost-number",
    ALL,
    good(`{"a":${"[".repeat(70)}1e400${"]".repeat(70)}}`),
    MALFORMED,
    UNKNOWN,
  ),
  envelope(
    "depth-70-lone-surrogate",
    ALL,
    good(`{"a":${"[".repeat(70)}"\\ud800"${"]".repeat(70)}}`),
    MALFORMED,
    UNKNOWN,
  ),
  envelope(
    "depth-70-trailing-comma",
    ALL,
    good(`{"a":${"[".repeat(70)}1,${"]".repeat(70)}}`),
    MALFORMED,
    UNKNOWN,
  ),
  envelope(
    "depth-70-mismatched",
    ALL,
    good(`{"a":${"[".repeat(70)}${"]".repeat(69)}}}`),
    MALFORMED,
    UNKNOWN,
  ),
  envelope(
    "depth-2000-enveloped",
    "No depth may exhaust a stack (SPEC 1.3).",
    good(deep(DEEPEST)),
    malformed(deep(DEEPEST)),
  ),
  envelope(
    "depth-2000-further-member",
    "No depth may exhaust a stack (SPEC 1.3).",
    `{"category":"note","x":${nested(DEEPEST)},"input":{}}`,
    MALFORMED,
    UNKNOWN,
  ),
  bare(
    "depth-1000000-unclosed",
    "No depth may exhaust a stack (SPEC 1.3).",
    { prefix: '{"a":', unit: "[", times: 1_000_000, suffix: "" },
    MALFORMED,
  ),
  bare(
    "depth-200000-unclosed-objects",
    "No depth may exhaust a stack (SPEC 1.3).",
    { prefix: "", unit: '{"a":', times: 200_000, suffix: "" },
    MALFORMED,
  ),
];

const LIMIT = 1_048_576;
const SIZE = "The size of an input is at most 1,048,576 bytes as received (SPEC 1.3).";

/** `head`, so many spaces, `tail`: of `size` bytes. */
function spaced(
  head: string,
  tail: string,
  size: number,
  before = "",
  behind = "",
): Source["received"] {
  return {
    prefix: before + head,
    unit: " ",
    times: size - head.length - tail.length,
    suffix: tail + behind,
  };
}

const NOTE = '{"category":"note","input":';

function wholeSize(name: string, why: string, received: Source["received"], fate: Fate): Source {
  return bare(`size-${name}`, why, received, fate);
}

const sizes: readonly Source[] = [
  wholeSize("at-the-limit", SIZE, spaced('{"a":1', "}", LIMIT), '{"a":1}'),
  wholeSize("one-beyond", SIZE, spaced('{"a":1', "}", LIMIT + 1), MALFORMED),
  wholeSize(
    "around-does-not-count",
    "White space around the value has no size (SPEC 1.3).",
    spaced('{"a":1}', "", LIMIT + 100),
    '{"a":1}',
  ),
  wholeSize(
    "in-a-string-at-the-limit",
    "Size is counted before trimming (SPEC 1.3, 3).",
    spaced('{"a":"x', '"}', LIMIT),
    '{"a":"x"}',
  ),
  wholeSize(
    "in-a-string-one-beyond",
    "Size is counted before trimming (SPEC 1.3, 3).",
    spaced('{"a":"', '"}', LIMIT + 1),
    MALFORMED,
  ),
  wholeSize(
    "of-escapes-at-the-limit",
    "Escapes count as they were received (SPEC 1.3).",
    { prefix: '{"a":"x ', unit: "\\u0020", times: 174_761, suffix: '"}' },
    '{"a":"x"}',
  ),
  wholeSize(
    "of-escapes-one-beyond",
    "Escapes count as they were received (SPEC 1.3).",
    { prefix: '{"a":"x  ', unit: "\\u0020", times: 174_761, suffix: '"}' },
    MALFORMED,
  ),
  wholeSize(
    "of-wide-white-space-at-the-limit",
    "Bytes count, not characters (SPEC 1.3).",
    { prefix: '{"a":"x ', unit: "\u3000", times: 349_522, suffix: '"}' },
    '{"a":"x"}',
  ),
  wholeSize(
    "of-wide-white-space-one-beyond",
    "Bytes count, not characters (SPEC 1.3).",
    { prefix: '{"a":"x  ', unit: "\u3000", times: 349_522, suffix: '"}' },
    MALFORMED,
  ),
  envelope(
    "size-enveloped-at-the-limit",
    "The envelope has no size (SPEC 2.2 rule 4).",
    spaced('{"a":1', "}", LIMIT, NOTE, "}"),
    '{"a":1}',
  ),
  envelope("size-enveloped-one-beyond", SIZE, spaced('{"a":1', "}", LIMIT + 1, NOTE, "}"), {
    refusal: "MALFORMED_INPUT",
    bytes: `{"a":1${" ".repeat(LIMIT + 1 - 7)}}`,
  }),
  envelope(
    "size-enveloped-space-before",
    "White space around the value has no size (SPEC 1.3).",
    spaced(NOTE, '{"a":1}}', LIMIT + 100),
    '{"a":1}',
  ),
  envelope(
    "size-further-member",
    "Other members have no limit of size (SPEC 2.2 rule 1).",
    spaced('{"x":"', '","category":"note","input":{}}', LIMIT + 100),
    "{}",
  ),
  envelope(
    "size-beyond-and-no-json",
    "Rule 1 holds before rule 4 (SPEC 2.2).",
    spaced('{"a":1', ",}", LIMIT + 1, NOTE, "}"),
    MALFORMED,
    UNKNOWN,
  ),
];

/** A name whose canonical JSON and 6 more bytes are 4,096. */
const LONG_NAME = "n".repeat(4088);
const FILLED = "Nulls filled in above 8,388,608 bytes are a violation (SPEC 5.3, filled nulls).";
/** `{}` so many times, each of which lacks the one property of the long name. */
function lacking(name: string, times: number, fate: Fate): Source {
  const item = {
    type: "object",
    additionalProperties: false,
    properties: { [LONG_NAME]: { type: "boolean" } },
  };
  const shape = {
    type: "object",
    additionalProperties: false,
    properties: { p: { type: "array", items: item } },
  };
  const input = `{"p":[${Array(times).fill("{}").join(",")}]}`;
  return bare(name, FILLED, input, fate, { shapes: { note: shape } });
}

const filled: readonly Source[] = [
  lacking("filled-nulls-one-beyond", 2049, VIOLATION),
  lacking("filled-nulls-a-few", 2, `{"p":[{"${LONG_NAME}":null},{"${LONG_NAME}":null}]}`),
];

export const cases: readonly Source[] = [...depths, ...sizes, ...filled];
