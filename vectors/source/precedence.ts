import type { PlainObject } from "../case.ts";
import {
  bare,
  envelope,
  type Fate,
  MALFORMED,
  type More,
  malformed,
  nested,
  refused,
  type Source,
} from "./case.ts";

export const about = "Which refusal comes first where several hold at once (SPEC 6.1).";

const UUID = "123e4567-e89b-12d3-a456-426614174000";

/** Members that break it in every way, before and behind each other in the order of names. */
const SHAPE: PlainObject = {
  type: "object",
  additionalProperties: false,
  properties: {
    a: { type: "string" },
    b: { type: "integer" },
    c: {
      type: "object",
      additionalProperties: false,
      properties: { m: { type: "integer" } },
      required: ["m"],
    },
    d: { type: "array", items: { type: "string", maxLength: 40 } },
    y: { type: "integer" },
    z: { type: "string" },
  },
};
const SHAPED: More = { shapes: { note: SHAPE } };
const OTHER: More = { ...SHAPED, category: "other" };

function first(
  name: string,
  why: string,
  received: string,
  fate: Fate,
  more: More = SHAPED,
): Source {
  return bare(`precedence-${name}`, `${why} (SPEC 6.1).`, received, fate, more);
}

const DEEP = `{"a":"${UUID}","b":"x","c":{},"d":${nested(64)}}`;
const T = `"${UUID}"`;

const missing = (form: string): Fate => refused("MISSING_MANDATORY_INPUT", form);
const violation = (form: string): Fate => refused("INPUT_SHAPE_VIOLATION", form);
const transient = (form: string): Fate => refused("TRANSIENT_FIELD", form);
const unknown = (form: string): Fate => refused("UNKNOWN_CATEGORY", form);

export const cases: readonly Source[] = [
  first("malformed-unknown", "MALFORMED_INPUT before UNKNOWN_CATEGORY", "[1]", MALFORMED, OTHER),
  first(
    "malformed-unknown-no-json",
    "MALFORMED_INPUT before UNKNOWN_CATEGORY",
    "{",
    MALFORMED,
    OTHER,
  ),
  first(
    "malformed-missing",
    "MALFORMED_INPUT before MISSING_MANDATORY_INPUT",
    `{"c":{},"d":${nested(64)}}`,
    MALFORMED,
  ),
  first(
    "malformed-violation",
    "MALFORMED_INPUT before INPUT_SHAPE_VIOLATION",
    `{"b":"x","d":${nested(64)}}`,
    MALFORMED,
  ),
  first(
    "malformed-forged-host",
    "MALFORMED_INPUT before INPUT_SHAPE_VIOLATION",
    `{"host":1,"d":${nested(64)}}`,
    MALFORMED,
  ),
  first(
    "malformed-transient",
    "MALFORMED_INPUT before TRANSIENT_FIELD",
    `{"a":${T},"d":${nested(64)}}`,
    MALFORMED,
  ),
  first("malformed-all", "MALFORMED_INPUT before all others", DEEP, MALFORMED, OTHER),
  envelope(
    "precedence-malformed-unrecognized",
    "MALFORMED_INPUT before UNKNOWN_CATEGORY (SPEC 6.1).",
    `{"category":"N","input":${DEEP}}`,
    malformed(DEEP),
    { ...SHAPED, category: "unrecognized" },
  ),
  first(
    "unknown-missing",
    "UNKNOWN_CATEGORY before MISSING_MANDATORY_INPUT",
    '{"c":{}}',
    unknown('{"c":{}}'),
    OTHER,
  ),
  first(
    "unknown-violation",
    "UNKNOWN_CATEGORY before INPUT_SHAPE_VIOLATION",
    '{"b":"X"}',
    unknown('{"b":"x"}'),
    OTHER,
  ),
  first(
    "unknown-transient",
    "UNKNOWN_CATEGORY before TRANSIENT_FIELD",
    `{"a":${T}}`,
    unknown(`{"a":${T}}`),
    OTHER,
  ),
  first(
    "unknown-without-shapes",
    "UNKNOWN_CATEGORY where the bundle has no categories",
    "{}",
    unknown("{}"),
    { shapes: {} },
  ),
  first(
    "missing-violation",
    "MISSING_MANDATORY_INPUT before INPUT_SHAPE_VIOLATION",
    '{"c":{},"y":"x"}',
    missing('{"c":{},"y":"x"}'),
  ),
  first(
    "violation-in-front-of-missing",
    "The order of members does not matter",
    '{"b":"x","c":{}}',
    missing('{"b":"x","c":{}}'),
  ),
  first(
    "missing-undeclared",
    "MISSING_MANDATORY_INPUT before INPUT_SHAPE_VIOLATION",
    '{"c":{"n":1}}',
    missing('{"c":{"n":1}}'),
  ),
  first(
    "missing-forged-host",
    "MISSING_MANDATORY_INPUT before INPUT_SHAPE_VIOLATION",
    '{"c":{},"host":1}',
    missing('{"c":{},"host":1}'),
  ),
  first(
    "missing-transient",
    "MISSING_MANDATORY_INPUT before TRANSIENT_FIELD",
    `{"c":{},"z":${T}}`,
    missing(`{"c":{},"z":${T}}`),
  ),
  first(
    "transient-in-front-of-missing",
    "The order of members does not matter",
    `{"a":${T},"c":{}}`,
    missing(`{"a":${T},"c":{}}`),
  ),
  first(
    "missing-violation-transient",
    "MISSING_MANDATORY_INPUT before both others",
    `{"a":${T},"b":"x","c":{},"y":"x","z":${T}}`,
    missing(`{"a":${T},"b":"x","c":{},"y":"x","z":${T}}`),
  ),
  first(
    "violation-transient",
    "INPUT_SHAPE_VIOLATION before TRANSIENT_FIELD",
    `{"b":"x","z":${T}}`,
    violation(`{"b":"x","z":${T}}`),
  ),
  first(
    "transient-in-front-of-violation",
    "The order of members does not matter",
    `{"a":${T},"y":"x"}`,
    violation(`{"a":${T},"y":"x"}`),
  ),
  first(
    "undeclared-transient",
    "INPUT_SHAPE_VIOLATION before TRANSIENT_FIELD",
    `{"a":${T},"q":1}`,
    violation(`{"a":${T},"q":1}`),
  ),
  first(
    "forged-host-transient",
    "INPUT_SHAPE_VIOLATION before TRANSIENT_FIELD",
    `{"a":${T},"host":1}`,
    violation(`{"a":${T},"host":1}`),
  ),
  first(
    "violation-and-transient-in-one-text",
    "One text may break two rules",
    `{"d":["${UUID}","${"x".repeat(41)}"]}`,
    violation(`{"d":["${UUID}","${"x".repeat(41)}"]}`),
  ),
  first(
    "nothing-inside-another-type",
    "Nothing inside a value of another type is looked at (SPEC 5.3)",
    '{"c":[{"m":null}],"a":"x"}',
    violation('{"a":"x","c":[{"m":null}]}'),
  ),
  first(
    "transient-inside-another-type",
    "Nothing inside a value of another type is looked at (SPEC 5.3)",
    `{"b":{"x":${T}}}`,
    violation(`{"b":{"x":${T}}}`),
  ),
  first(
    "missing-deep-violation-shallow",
    "Findings count wherever they are",
    '{"a":1,"c":{}}',
    missing('{"a":1,"c":{}}'),
  ),
  first(
    "transient-alone",
    "TRANSIENT_FIELD where nothing else holds",
    `{"z":"${UUID.toUpperCase()}","c":{"m":1}}`,
    transient(`{"c":{"m":1},"z":${T}}`),
  ),
  first(
    "none",
    "No refusal",
    '{"c":{"m":1}}',
    '{"a":null,"b":null,"c":{"m":1},"d":null,"y":null,"z":null}',
  ),
];
