import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isLower } from "./form.ts";
import { compilePattern } from "./pattern.ts";
import { firstUpperCase } from "./pattern-case.ts";

function compiled(source: string): { test(text: string): boolean } {
  const pattern = compilePattern(source);
  assert.ok(!("fault" in pattern), source);
  return pattern;
}

const atoms = fc.constantFrom(
  "a",
  "b",
  ".",
  "[ab]",
  "[^a]",
  "\\d",
  "é",
  "😀",
  "^",
  "$",
  "\\b",
  "1",
);
const patterns = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4 },
    atoms,
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `${a}${b}`),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{0,2}"))
      .map(([a, r]) => `(?:${a})${r}`),
  ),
})).pattern;
const texts = fc
  .array(fc.constantFrom("a", "b", "1", "é", "😀", "\n", " "), { maxLength: 8 })
  .map((parts) => parts.join(""));

test("patterns match as they do elsewhere, however often they were used before", () => {
  fc.assert(
    fc.property(patterns, fc.array(texts, { minLength: 3, maxLength: 6 }), (source, each) => {
      const used = compiled(source);
      const other = new RegExp(source, "u");
      for (const text of each) {
        assert.equal(used.test(text), other.test(text), JSON.stringify([source, text]));
        assert.equal(compiled(source).test(text), used.test(text));
      }
    }),
    { numRuns: 1500 },
  );
});

test("what cannot be matched in linear time is refused, and so is what is too large", () => {
  for (const source of ["(a)\\1", "a(?=b)", "(?<!a)b", "(", "[", "a**b(", "\\8", "a{2000}"]) {
    assert.ok("fault" in compilePattern(source), source);
  }
  assert.ok("fault" in compilePattern("a".repeat(2000)));
  assert.ok("fault" in compilePattern("(?:[ab]{40}c){40}"));
});

/** How often a text's units are read while it is matched: time, without a clock. */
function unitsRead(source: string, text: string): number {
  const pattern = compiled(source);
  const own = String.prototype.charCodeAt;
  let count = 0;
  String.prototype.charCodeAt = function (at) {
    count += 1;
    return own.call(this, at);
  };
  try {
    assert.equal(pattern.test(text), false);
  } finally {
    String.prototype.charCodeAt = own;
  }
  return count;
}

test("matching work grows with the text, not with its shape", () => {
  // Backtracking reads 2^n units here.
  for (const source of ["^(a+)+[bc]$", "^(a|aa)+$", "^(a*)*c", "(a+a+)+y", "(.*)(.*)(.*)(.*)=$"]) {
    const [some, twice] = [5000, 10_000].map((n) => unitsRead(source, `${"a".repeat(n)}bcy= `));
    assert.ok(some !== undefined && twice !== undefined);
    assert.ok(some > 0 && twice <= 2 * some + 10 && twice <= 3 * 10_000, `${source}: ${twice}`);
  }
});

test("an upper-case letter that no lower-cased text has is found", () => {
  const found: readonly (readonly [string, string | null])[] = [
    ["^abc$", null],
    ["^Abc$", "A"],
    ["(foo|Bar)", "B"],
    ["a\\.É", "É"],
    ["\\Aabc\\z", null],
    ["\\D\\S\\W\\B", null],
    ["\\pL\\PN\\p{Lu}\\x4A\\x{4A}", null],
    ["[A-Z]x", null],
    ["[^A-Z]x", null],
    ["[]A]x", null],
    ["[[:alpha:]A]X", "X"],
    ["(?P<Name>a)", null],
    ["(?P<Name>A)", "A"],
    ["(?i)ABC", null],
    ["(?i:A)b", null],
    ["(?U)a+", null],
    ["\\\\A", "A"],
    ["\\QA", null],
    ["ς", null],
  ];
  for (const [source, letter] of found) {
    assert.equal(firstUpperCase(source, isLower), letter, source);
  }
});
