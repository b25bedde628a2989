import type { PlainObject } from "../case.ts";
import { MISSING, refused, type Source, TRANSIENT, VIOLATION } from "./case.ts";
import { rows } from "./shapes.ts";

export const about = "Arrays, objects, and null where nothing is (SPEC 5.1, 5.3).";

const A = { type: "array" };
const BAG = { type: "array", unordered: true };
const UUID = '"123e4567-e89b-12d3-a456-426614174000"';

const arrays = rows("array", "Bounds and elements of an array (SPEC 5.3).", [
  ["keeps-order", A, '[2,1,"b","A",null,[{}]]', '[2,1,"b","a",null,[{}]]'],
  ["keeps-duplicates", A, '["a","A",1,1.0]', '["a","a",1,1]'],
  ["empty", A, "[]", "[]"],
  ["object", A, '{"0":1}', VIOLATION],
  ["text", A, '"[]"', VIOLATION],
  ["min-items", { ...A, minItems: 1 }, "[null]", "[null]"],
  ["min-items-below", { ...A, minItems: 1 }, "[]", VIOLATION],
  ["max-items", { ...A, maxItems: 1 }, "[0]", "[0]"],
  ["max-items-beyond", { ...A, maxItems: 1 }, "[0,0]", VIOLATION],
  ["max-items-zero", { ...A, maxItems: 0 }, "[]", "[]"],
  ["items", { ...A, items: { type: "integer" } }, "[1,2.0]", "[1,2]"],
  ["items-other", { ...A, items: { type: "integer" } }, '[1,"a"]', VIOLATION],
  ["items-null", { ...A, items: { type: "integer" } }, "[null]", VIOLATION],
  ["items-nullable", { ...A, items: { type: ["integer", "null"] } }, "[null,2,1]", "[null,2,1]"],
  ["items-any-transient", A, `[${UUID}]`, TRANSIENT],
  [
    "items-persistent",
    { ...A, items: { type: "string", persistent: true } },
    `[${UUID}]`,
    `[${UUID}]`,
  ],
  ["items-exact", { ...A, items: { type: "string", exact: true } }, '["a","B"]', VIOLATION],
  ["of-arrays", { ...A, items: { ...A, maxItems: 1 } }, "[[1],[]]", "[[1],[]]"],
  ["of-arrays-beyond", { ...A, items: { ...A, maxItems: 1 } }, "[[1],[1,2]]", VIOLATION],
]);

const PAIR: PlainObject = {
  type: "object",
  additionalProperties: false,
  properties: { a: { type: "integer" }, b: { type: "string" } },
};

const bags = rows(
  "unordered",
  "Sorted by the canonical JSON of the normal elements, in UTF-16 order; equal ones stay (SPEC 5.3).",
  [
    ["sorted", BAG, '["c","a","b"]', '["a","b","c"]'],
    ["another-order", BAG, '["b","c","a"]', '["a","b","c"]'],
    ["after-normalization", BAG, '["B ","a"," C"]', '["a","b","c"]'],
    ["duplicates", BAG, '["b","a","B"," b "]', '["a","b","b","b"]'],
    ["numbers-by-their-text", BAG, "[9,10,-1,1e21,0.5]", "[-1,0.5,10,1e+21,9]"],
    ["numbers-prefix", BAG, "[100,10,1]", "[1,10,100]"],
    ["negative-numbers", BAG, "[-2,-10,-1]", "[-1,-10,-2]"],
    ["mixed", BAG, '[{},null,true,[],false,"a",1]', '["a",1,[],false,null,true,{}]'],
    ["quote-behind-shorter-text", BAG, '["a","a b","a!","a#"]', '["a b","a!","a","a#"]'],
    ["escapes-by-their-text", BAG, '["]","\\u0001","0","["]', '["0","[","\\u0001","]"]'],
    ["utf-16-not-code-points", BAG, '["\ufb33","\u{1f600}"]', '["\u{1f600}","\ufb33"]'],
    ["arrays", BAG, "[[1],[1,2],[]]", "[[1,2],[1],[]]"],
    ["arrays-inside-keep-order", BAG, "[[2,1],[1,2]]", "[[1,2],[2,1]]"],
    ["objects", BAG, '[{"b":1},{"a":2},{"a":1,"b":1}]', '[{"a":1,"b":1},{"a":2},{"b":1}]'],
    [
      "objects-with-nulls-filled-in",
      { ...BAG, items: PAIR },
      '[{"b":"x"},{"a":1},{"b":"Y","a":1},{}]',
      '[{"a":1,"b":"y"},{"a":1,"b":null},{"a":null,"b":"x"},{"a":null,"b":null}]',
    ],
    ["inside-unordered", { ...BAG, items: BAG }, "[[2,1],[],[1,3]]", "[[1,2],[1,3],[]]"],
    ["inside-ordered", { ...A, items: BAG }, "[[2,1],[1]]", "[[1,2],[1]]"],
    ["ordered-inside", { ...BAG, items: A }, "[[2,1],[1]]", "[[1],[2,1]]"],
    ["counted-with-duplicates", { ...BAG, maxItems: 2 }, '["a","a","a"]', VIOLATION],
    ["false", { ...A, unordered: false }, "[2,1]", "[2,1]"],
    ["empty", BAG, "[]", "[]"],
    [
      "refused-is-not-sorted",
      { ...BAG, maxItems: 1 },
      '["B","a"]',
      refused("INPUT_SHAPE_VIOLATION", '{"p":["b","a"]}'),
    ],
  ],
);

const O = { type: "object", additionalProperties: false };
const OPEN = { type: "object", additionalProperties: true };

const objects = rows("object", "Declared and undeclared members (SPEC 5.3).", [
  ["closed-and-empty", O, "{}", "{}"],
  ["closed-undeclared", O, '{"a":1}', VIOLATION],
  ["closed-undeclared-null", O, '{"a":null}', VIOLATION],
  ["closed-undeclared-proto", O, '{"__proto__":1}', VIOLATION],
  ["closed-undeclared-transient", O, `{"a":${UUID}}`, VIOLATION],
  ["closed-name-by-case", { ...O, properties: { a: true } }, '{"A":1}', VIOLATION],
  ["closed-name-by-space", { ...O, properties: { a: true } }, '{"a ":1}', VIOLATION],
  ["array", O, "[]", VIOLATION],
  ["open", OPEN, '{"B":" X","a":[1],"10":1,"9":1}', '{"10":1,"9":1,"B":"x","a":[1]}'],
  ["open-null", OPEN, '{"a":null}', '{"a":null}'],
  ["open-transient", OPEN, `{"a":[[${UUID}]]}`, TRANSIENT],
  ["open-transient-name", OPEN, `{${UUID}:1}`, `{${UUID}:1}`],
  [
    "open-moment-name",
    OPEN,
    '{"2024-05-20T10:00:00Z":1,"timestamp":2}',
    '{"2024-05-20T10:00:00Z":1,"timestamp":2}',
  ],
  [
    "open-declared-too",
    { ...OPEN, properties: { m: { type: "integer" }, z: true } },
    '{"n":1,"a":2}',
    '{"a":2,"m":null,"n":1,"z":null}',
  ],
  [
    "open-declared-breaks",
    { ...OPEN, properties: { m: { type: "integer" } } },
    '{"m":"x"}',
    VIOLATION,
  ],
  [
    "additional-schema",
    { type: "object", additionalProperties: { type: "integer" } },
    '{"a":1.0}',
    '{"a":1}',
  ],
  [
    "additional-schema-other",
    { type: "object", additionalProperties: { type: "integer" } },
    '{"a":"1"}',
    VIOLATION,
  ],
  [
    "additional-schema-null",
    { type: "object", additionalProperties: { type: "integer" } },
    '{"a":null}',
    VIOLATION,
  ],
  [
    "additional-schema-nullable",
    { type: "object", additionalProperties: { type: ["integer", "null"] } },
    '{"a":null}',
    '{"a":null}',
  ],
  [
    "additional-schema-object",
    { type: "object", additionalProperties: PAIR },
    '{"x":{},"y":{"b":"Z"}}',
    '{"x":{"a":null,"b":null},"y":{"a":null,"b":"z"}}',
  ],
  [
    "additional-not-for-declared",
    {
      type: "object",
      properties: { a: { type: "string" } },
      additionalProperties: { type: "integer" },
    },
    '{"a":"x","b":1}',
    '{"a":"x","b":1}',
  ],
  [
    "declared-proto",
    { ...O, properties: { ["__proto__"]: { type: "integer" }, constructor: { type: "integer" } } },
    '{"__proto__":1}',
    '{"__proto__":1,"constructor":null}',
  ],
  [
    "declared-proto-breaks",
    { ...O, properties: { ["__proto__"]: { type: "integer" } } },
    '{"__proto__":{}}',
    VIOLATION,
  ],
  [
    "declared-proto-absent",
    { ...O, properties: { ["__proto__"]: true } },
    "{}",
    '{"__proto__":null}',
  ],
  [
    "declared-integer-like",
    { ...O, properties: { "9": true, "10": true, a: true } },
    '{"a":1,"9":2}',
    '{"10":null,"9":2,"a":1}',
  ],
  [
    "declared-in-utf-16-order",
    { ...O, properties: { "\ufb33": true, "\u{1f600}": true } },
    '{"\ufb33":1}',
    '{"\u{1f600}":null,"\ufb33":1}',
  ],
  ["declared-empty-name", { ...O, properties: { "": { type: "integer" } } }, '{"":1}', '{"":1}'],
]);

const INNER: PlainObject = {
  type: "object",
  additionalProperties: false,
  properties: { a: { type: ["string", "null"] }, b: { type: "integer" } },
  required: ["a"],
};

const absence = rows(
  "absent",
  "An absent optional property is null; null in it is the same (SPEC 5.3).",
  [
    ["in-an-object", { ...O, properties: { a: { type: "string" } } }, "{}", '{"a":null}'],
    [
      "present-null",
      { ...O, properties: { a: { type: "string", minLength: 1 } } },
      '{"a":null}',
      '{"a":null}',
    ],
    [
      "present-null-with-literals",
      { ...O, properties: { a: { enum: ["x"] } } },
      '{"a":null}',
      '{"a":null}',
    ],
    ["object-is-null-not-filled", { ...O, properties: { a: INNER } }, "{}", '{"a":null}'],
    [
      "two-levels-down",
      { ...O, properties: { a: { ...O, properties: { b: true, c: true } } } },
      '{"a":{"c":1}}',
      '{"a":{"b":null,"c":1}}',
    ],
    [
      "in-elements",
      { ...A, items: INNER },
      '[{"a":null},{"a":"X","b":1}]',
      '[{"a":null,"b":null},{"a":"x","b":1}]',
    ],
    [
      "in-elements-of-elements",
      { ...A, items: { ...A, items: INNER } },
      '[[{"a":"x"}]]',
      '[[{"a":"x","b":null}]]',
    ],
    ["not-under-any", true, '{"a":{}}', '{"a":{}}'],
    [
      "nullable-object",
      { ...O, properties: { a: { ...INNER, type: ["object", "null"] } }, required: ["a"] },
      '{"a":null}',
      '{"a":null}',
    ],
    ["nullable-array", { type: ["array", "null"] }, "null", "null"],
    [
      "null-first",
      { ...O, properties: { a: { type: ["null", "string"] } }, required: ["a"] },
      '{"a":null}',
      '{"a":null}',
    ],
    ["mandatory", INNER, "{}", MISSING],
    ["mandatory-null", INNER, '{"a":null}', '{"a":null,"b":null}'],
    [
      "mandatory-null-not-admitted",
      { ...O, properties: { a: { type: "string" } }, required: ["a"] },
      '{"a":null}',
      VIOLATION,
    ],
    [
      "mandatory-any-null",
      { ...O, properties: { a: true }, required: ["a"] },
      '{"a":null}',
      '{"a":null}',
    ],
    ["mandatory-any", { ...O, properties: { a: true }, required: ["a"] }, "{}", MISSING],
    [
      "mandatory-null-kind",
      { ...O, properties: { a: { type: "null" } }, required: ["a"] },
      "{}",
      MISSING,
    ],
    [
      "mandatory-proto",
      { ...O, properties: { ["__proto__"]: true }, required: ["__proto__"] },
      "{}",
      MISSING,
    ],
    [
      "mandatory-constructor",
      { ...O, properties: { constructor: true }, required: ["constructor"] },
      "{}",
      MISSING,
    ],
    [
      "mandatory-by-case",
      { ...OPEN, properties: { a: true }, required: ["a"] },
      '{"A":1}',
      MISSING,
    ],
    ["mandatory-in-an-element", { ...A, items: INNER }, '[{"a":"x"},{"b":1}]', MISSING],
    ["mandatory-in-an-absent-object", { ...O, properties: { a: INNER } }, "{}", '{"a":null}'],
    ["mandatory-in-a-null-object", { ...O, properties: { a: INNER } }, '{"a":null}', '{"a":null}'],
    [
      "mandatory-in-an-additional-member",
      { type: "object", additionalProperties: INNER },
      '{"x":{}}',
      MISSING,
    ],
  ],
);

export const cases: readonly Source[] = [...arrays, ...bags, ...objects, ...absence];
