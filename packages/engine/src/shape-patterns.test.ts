import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonFrom } from "@writ/contract/jcs";
import { type CompilePattern, compileShape } from "@writ/contract/shape";
import fc from "fast-check";
import { searchOf } from "./shapes.ts";

function isAdmitted(pattern: string, compile: CompilePattern): boolean {
  const p = { type: "string", pattern };
  const schema = { type: "object", additionalProperties: false, properties: { p } };
  return "shape" in compileShape(jsonFrom(schema), undefined, compile);
}

const whatever: CompilePattern = () => () => true;

test("the largest patterns that shapes admit are no larger than the engine takes", () => {
  const largest = [
    "a".repeat(1000),
    "a{0,500}",
    "(?:a*){200}",
    "(a|){142}",
    `${"(a".repeat(99)}${")*".repeat(99)}`,
  ];
  for (const pattern of largest) assert(isAdmitted(pattern, searchOf), pattern);
});

const atoms = fc.constantFrom(
  ..."ab|()^$.é",
  ...[
    "(?:",
    ")*",
    "){2,}",
    ")?",
    "[^a-c]",
    "[[:alpha:]-]",
    "\\d",
    "\\W",
    "\\b",
    "\\x{1f600}",
    "\\]",
  ],
  ...["*", "+?", "{0,40}", "{3}", "{", "]", "\\Q", "\\pL", "(?i)", "\\1"],
);

test("the engine reads every pattern that shapes admit", () => {
  let admitted = 0;
  fc.assert(
    fc.property(fc.array(atoms, { maxLength: 12 }), (parts) => {
      const pattern = parts.join("");
      if (!isAdmitted(pattern, whatever)) return;
      admitted += 1;
      assert(isAdmitted(pattern, searchOf), pattern);
    }),
    { numRuns: 3000 },
  );
  assert(admitted > 300, String(admitted));
});
