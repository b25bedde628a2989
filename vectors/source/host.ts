import type { Plain, PlainObject } from "../case.ts";
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

export const about =
  "The member host, which only enforcement writes (SPEC 5.2): what is given apart, and what is forged.";

const HOST: PlainObject = {
  type: "object",
  additionalProperties: false,
  properties: {
    caller: { type: "string", exact: true },
    facts: {
      type: "object",
      additionalProperties: false,
      properties: { age: { type: "integer" }, tags: { type: "array", unordered: true } },
    },
    validators: {
      type: "object",
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        properties: { outcome: { enum: ["execute", "block"] } },
      },
    },
  },
  required: ["caller"],
};

function declaring(host: Plain | undefined, more: PlainObject = {}): PlainObject {
  const properties = { p: { type: "integer" }, ...(host !== undefined && { host }) };
  return { type: "object", additionalProperties: false, properties, ...more };
}

const UUID = "123e4567-e89b-12d3-a456-426614174000";

function host(
  name: string,
  why: string,
  received: string,
  given: PlainObject | undefined,
  fate: Fate,
  schema: PlainObject = declaring(HOST),
  more: More = {},
): Source {
  return bare(`host-${name}`, why, received, fate, {
    shapes: { note: schema },
    ...(given && { host: given }),
    ...more,
  });
}

const GIVEN = "The host object given apart becomes the member host (SPEC 5.2).";
const ONLY_DECLARED = "Only the declared parts of it are inserted (SPEC 5.2).";
const FORGED = "A received member host is a violation, whatever its value (SPEC 5.2).";
const ORDINARY = "Only the member of that very name at the top level (SPEC 5.2).";
const UNDECLARED = "A shape that declares no host uses none (SPEC 5.2).";
const OPEN = { type: "object", additionalProperties: true };

export const cases: readonly Source[] = [
  host(
    "given",
    GIVEN,
    '{"p":1}',
    { caller: "desk" },
    '{"host":{"caller":"desk","facts":null,"validators":null},"p":1}',
  ),
  host(
    "given-facts",
    GIVEN,
    "{}",
    { caller: "desk", facts: { age: 7, tags: ["B", "a"] } },
    '{"host":{"caller":"desk","facts":{"age":7,"tags":["a","b"]},"validators":null},"p":null}',
  ),
  host(
    "given-validators",
    GIVEN,
    "{}",
    { caller: "desk", validators: { v: { outcome: "BLOCK" } } },
    '{"host":{"caller":"desk","facts":null,"validators":{"v":{"outcome":"block"}}},"p":null}',
  ),
  host(
    "not-given",
    "Without a host object the optional member is absent (SPEC 5.2, 5.3).",
    '{"p":1}',
    undefined,
    '{"host":null,"p":1}',
  ),
  host(
    "not-given-mandatory",
    "Without a host object a mandatory member is missing (SPEC 5.2, 5.3).",
    '{"p":1}',
    undefined,
    refused("MISSING_MANDATORY_INPUT", '{"p":1}'),
    declaring(HOST, { required: ["host"] }),
  ),
  host(
    "given-undeclared-part",
    ONLY_DECLARED,
    '{"p":1}',
    { caller: "desk", stray: { x: UUID } },
    '{"host":{"caller":"desk","facts":null,"validators":null},"p":1}',
  ),
  host(
    "given-undeclared-fact",
    ONLY_DECLARED,
    '{"p":1}',
    { caller: "desk", facts: { age: 7, seen: UUID } },
    '{"host":{"caller":"desk","facts":{"age":7,"tags":null},"validators":null},"p":1}',
  ),
  host(
    "given-undeclared-answer",
    "Undeclared members are restricted to additionalProperties (SPEC 5.2).",
    '{"p":1}',
    { caller: "desk", validators: { v: { outcome: "execute", reason: UUID } } },
    '{"host":{"caller":"desk","facts":null,"validators":{"v":{"outcome":"execute"}}},"p":1}',
  ),
  host(
    "given-empty",
    ONLY_DECLARED,
    '{"p":1}',
    {},
    refused("MISSING_MANDATORY_INPUT", '{"host":{},"p":1}'),
  ),
  host(
    "given-nothing-declared",
    "What is refused shows the judged input, with the restricted host (SPEC 5.2, 6.1).",
    '{"p":1}',
    { facts: { seen: 1 }, stray: 2 },
    refused("MISSING_MANDATORY_INPUT", '{"host":{"facts":{}},"p":1}'),
  ),
  host(
    "given-breaks-exact",
    "The host object is judged like any input (SPEC 5.2).",
    '{"p":1}',
    { caller: "Desk" },
    refused("INPUT_SHAPE_VIOLATION", '{"host":{"caller":"desk"},"p":1}'),
  ),
  host(
    "given-breaks-type",
    "The host object is judged like any input (SPEC 5.2).",
    '{"p":1}',
    { caller: "desk", facts: { age: "7" } },
    refused("INPUT_SHAPE_VIOLATION", '{"host":{"caller":"desk","facts":{"age":"7"}},"p":1}'),
  ),
  host(
    "given-other-kind",
    "Where value and schema are of different kinds nothing is restricted (SPEC 5.2).",
    '{"p":1}',
    { caller: "desk", facts: [{ stray: 1 }] },
    refused("INPUT_SHAPE_VIOLATION", '{"host":{"caller":"desk","facts":[{"stray":1}]},"p":1}'),
  ),
  host(
    "given-transient",
    "The host object is judged like any input (SPEC 5.2).",
    '{"p":1}',
    { caller: UUID },
    refused("TRANSIENT_FIELD", `{"host":{"caller":"${UUID}"},"p":1}`),
  ),
  host(
    "given-transient-in-any",
    "Kind any restricts nothing (SPEC 5.2).",
    '{"p":1}',
    { facts: { x: [UUID] } },
    refused("TRANSIENT_FIELD", `{"host":{"facts":{"x":["${UUID}"]}},"p":1}`),
    declaring({ type: "object", additionalProperties: false, properties: { facts: true } }),
  ),
  host(
    "given-null-part",
    "null in an optional part (SPEC 5.3).",
    '{"p":1}',
    { caller: "desk", facts: null },
    '{"host":{"caller":"desk","facts":null,"validators":null},"p":1}',
  ),
  host(
    "given-restricts-elements",
    "Elements are restricted to items (SPEC 5.2).",
    '{"p":1}',
    { facts: { list: [{ a: 1, b: 2 }, { b: 3 }] } },
    '{"host":{"facts":{"list":[{"a":1},{"a":null}]}},"p":1}',
    declaring({
      type: "object",
      additionalProperties: false,
      properties: {
        facts: {
          type: "object",
          additionalProperties: false,
          properties: {
            list: {
              type: "array",
              items: { type: "object", additionalProperties: false, properties: { a: true } },
            },
          },
        },
      },
    }),
  ),
  host(
    "given-to-an-open-object",
    "An object with additionalProperties true keeps all (SPEC 5.2).",
    '{"p":1}',
    { facts: { x: { y: " Z" } } },
    '{"host":{"facts":{"x":{"y":"z"}}},"p":1}',
    declaring({ type: "object", additionalProperties: false, properties: { facts: OPEN } }),
  ),
  host(
    "given-63-deep",
    "A host object is at most 63 deep (SPEC 5.2).",
    '{"p":1}',
    { facts: JSON.parse(nested(62)) },
    `{"host":{"facts":${nested(62)}},"p":1}`,
    declaring({ type: "object", additionalProperties: false, properties: { facts: true } }),
  ),
  host(
    "given-by-reference",
    GIVEN,
    '{"p":1}',
    { caller: "desk", stray: 1 },
    '{"host":{"caller":"desk"},"p":1}',
    declaring({ $ref: "#/$defs/h" }),
    {
      defs: {
        h: {
          type: "object",
          additionalProperties: false,
          properties: { caller: { type: "string" } },
        },
      },
    },
  ),
  host(
    "given-name-order",
    "host takes its place in the order of names (SPEC 4, 5.2).",
    '{"a":1,"z":2}',
    { caller: "desk" },
    '{"a":1,"host":{"caller":"desk"},"z":2}',
    {
      ...OPEN,
      properties: {
        host: {
          type: "object",
          additionalProperties: false,
          properties: { caller: { type: "string" } },
        },
      },
    },
  ),
  host(
    "given-undeclared",
    UNDECLARED,
    '{"p":1}',
    { caller: "desk" },
    '{"p":1}',
    declaring(undefined),
  ),
  host("given-undeclared-open", UNDECLARED, '{"p":1}', { caller: "desk" }, '{"p":1}', OPEN),
  host(
    "given-undeclared-refused",
    UNDECLARED,
    '{"p":"X"}',
    { caller: "desk" },
    refused("INPUT_SHAPE_VIOLATION", '{"p":"x"}'),
    declaring(undefined),
  ),
  host(
    "forged",
    FORGED,
    '{"host":{"caller":"desk"},"p":1}',
    undefined,
    refused("INPUT_SHAPE_VIOLATION", '{"host":{"caller":"desk"},"p":1}'),
  ),
  host(
    "forged-equal",
    FORGED,
    '{"host":{"caller":"desk"},"p":1}',
    { caller: "desk" },
    refused("INPUT_SHAPE_VIOLATION", '{"host":{"caller":"desk"},"p":1}'),
  ),
  host(
    "forged-null",
    FORGED,
    '{"host":null,"p":1}',
    { caller: "desk" },
    refused("INPUT_SHAPE_VIOLATION", '{"host":null,"p":1}'),
  ),
  host(
    "forged-is-not-replaced",
    FORGED,
    '{"host":{"caller":" Me ","more":1}}',
    { caller: "desk" },
    refused("INPUT_SHAPE_VIOLATION", '{"host":{"caller":"me","more":1}}'),
  ),
  host(
    "forged-by-escape",
    FORGED,
    '{"\\u0068ost":"x"}',
    { caller: "desk" },
    refused("INPUT_SHAPE_VIOLATION", '{"host":"x"}'),
  ),
  host(
    "forged-where-undeclared",
    FORGED,
    '{"host":1}',
    undefined,
    refused("INPUT_SHAPE_VIOLATION", '{"host":1}'),
    OPEN,
  ),
  host(
    "forged-null-where-undeclared",
    FORGED,
    '{"host":null}',
    undefined,
    refused("INPUT_SHAPE_VIOLATION", '{"host":null}'),
    OPEN,
  ),
  host(
    "forged-takes-part",
    "The received member is read like any other: what it lacks is missing (SPEC 5.2).",
    '{"host":{}}',
    { caller: "desk" },
    refused("MISSING_MANDATORY_INPUT", '{"host":{}}'),
  ),
  host(
    "forged-and-transient",
    "A violation is before a transient text (SPEC 5.2, 6.1).",
    `{"host":{"caller":"${UUID}"}}`,
    undefined,
    refused("INPUT_SHAPE_VIOLATION", `{"host":{"caller":"${UUID}"}}`),
  ),
  host("by-case", ORDINARY, '{"Host":" X","HOST":1}', undefined, '{"HOST":1,"Host":"x"}', OPEN),
  host("by-space", ORDINARY, '{"host ":1," host":2}', undefined, '{" host":2,"host ":1}', OPEN),
  host("inside", ORDINARY, '{"a":{"host":" X"}}', { caller: "desk" }, '{"a":{"host":"x"}}', OPEN),
  host(
    "malformed",
    "What is malformed has no host (SPEC 6.1).",
    "[1]",
    { caller: "desk" },
    MALFORMED,
  ),
  envelope(
    "host-in-an-envelope",
    "A member host of the envelope is ignored (SPEC 2.2).",
    '{"category":"note","host":{"caller":"forged"},"input":{"p":1}}',
    '{"host":null,"p":1}',
    { shapes: { note: declaring(HOST) } },
  ),
  envelope(
    "host-in-an-envelope-and-given",
    "A member host of the envelope is ignored (SPEC 2.2).",
    '{"category":"note","host":{"caller":"forged"},"input":{"p":1}}',
    '{"host":{"caller":"desk","facts":null,"validators":null},"p":1}',
    { shapes: { note: declaring(HOST) }, host: { caller: "desk" } },
  ),
  envelope(
    "host-malformed-input",
    "What is malformed has no host (SPEC 6.1).",
    '{"category":"note","input":"x"}',
    malformed('"x"'),
    { shapes: { note: declaring(HOST) }, host: { caller: "desk" } },
  ),
  host(
    "unknown-category",
    "An unknown category shows the input as received, without host (SPEC 6.1).",
    '{"p":" A"}',
    { caller: "desk" },
    refused("UNKNOWN_CATEGORY", '{"p":"a"}'),
    declaring(HOST),
    { category: "other" },
  ),
  host(
    "unknown-category-forged",
    "An unknown category is before a violation (SPEC 6.1).",
    '{"host":1}',
    { caller: "desk" },
    refused("UNKNOWN_CATEGORY", '{"host":1}'),
    declaring(HOST),
    { category: "other" },
  ),
];
