import type { Plain } from "../case.ts";
import { bare, type Fate, holding, MISSING, type More, type Source, VIOLATION } from "./case.ts";
import { rows } from "./shapes.ts";

export const about = "Definitions and references to them, and the root of a shape (SPEC 5.1).";

const A = { type: "array" };
const O = { type: "object", additionalProperties: false };

const DEFS: More = {
  defs: {
    word: { type: "string", maxLength: 3 },
    list: { type: "array", items: { $ref: "#/$defs/word" }, unordered: true },
    "dotted.na-me_1": { type: "integer" },
    nullable: { type: ["integer", "null"] },
  },
};

const references = rows("reference", "A reference stands for the definition (SPEC 5.1).", [
  ["word", { $ref: "#/$defs/word" }, '" ABC"', '"abc"', DEFS],
  ["word-beyond", { $ref: "#/$defs/word" }, '"abcd"', VIOLATION, DEFS],
  [
    "annotated",
    { $ref: "#/$defs/word", title: "x", description: "y", $comment: "z" },
    '"a"',
    '"a"',
    DEFS,
  ],
  ["to-a-reference", { $ref: "#/$defs/list" }, '["b","A"]', '["a","b"]', DEFS],
  ["name", { $ref: "#/$defs/dotted.na-me_1" }, "1", "1", DEFS],
  [
    "twice",
    { ...O, properties: { a: { $ref: "#/$defs/word" }, b: { $ref: "#/$defs/word" } } },
    '{"a":"X"}',
    '{"a":"x","b":null}',
    DEFS,
  ],
  [
    "nullable-in-array",
    { ...A, items: { $ref: "#/$defs/nullable" } },
    "[1,null]",
    "[1,null]",
    DEFS,
  ],
]);

function root(
  name: string,
  why: string,
  shape: Plain,
  received: string,
  fate: Fate,
  more?: More,
): Source {
  return bare(`root-${name}`, why, received, fate, { shapes: { note: shape }, ...more });
}

const roots: readonly Source[] = [
  root(
    "own-definitions",
    "Where no definitions are given apart the root may have them (SPEC 5.1).",
    { ...holding({ $ref: "#/$defs/w" }), $defs: { w: { type: "string" } } },
    '{"p":" A"}',
    '{"p":"a"}',
  ),
  root(
    "closed",
    "The root is an object like others (SPEC 5.1).",
    holding(true),
    '{"q":1}',
    VIOLATION,
  ),
  root(
    "mandatory",
    "The root is an object like others (SPEC 5.1).",
    holding(true, ["p"]),
    "{}",
    MISSING,
  ),
  root(
    "empty-closed",
    "The root is an object like others (SPEC 5.1).",
    holding(true),
    "{}",
    '{"p":null}',
  ),
  root(
    "reference",
    "The root may be a reference to an object (SPEC 5.1).",
    { $ref: "#/$defs/o" },
    '{"p":" A"}',
    '{"p":"a"}',
    {
      defs: { o: holding({ type: "string" }) },
    },
  ),
];

export const cases: readonly Source[] = [...references, ...roots];
