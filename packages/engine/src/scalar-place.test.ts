import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { readDocument } from "./document.ts";
import { FaultList } from "./fault.ts";
import type { Located } from "./located.ts";
import { placeInScalar } from "./scalar-place.ts";
import { SourceFile } from "./source.ts";

function scalarIn(text: string): Located {
  const faults = new FaultList();
  const root = readDocument(new SourceFile("a.yaml", text), faults);
  const scalar = root?.members?.get("when")?.value;
  assert.ok(faults.empty && scalar !== undefined, JSON.stringify(faults.sorted()));
  return scalar;
}

/** Words of a rule, none of which escapes to another length, and the white space between them. */
const word = fc.constantFrom(
  "input.text",
  "==",
  '"quoted"',
  "'single'",
  "\\d+",
  "é",
  "😀",
  "a:b",
  "x#y",
);
const gap = fc.constantFrom(" ", "  ", "\n", "\n\n", "\n  ");
const rule = fc
  .array(fc.tuple(word, gap), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.map(([text, space]) => text + space).join(""));
const style = fc.record({
  lineWidth: fc.constantFrom(20, 40, 80),
  defaultStringType: fc.constantFrom(
    "PLAIN",
    "QUOTE_DOUBLE",
    "QUOTE_SINGLE",
    "BLOCK_LITERAL",
    "BLOCK_FOLDED",
  ),
  indent: fc.constantFrom(2, 4),
});

test("every visible character of a string is found where it stands, in every style", () => {
  fc.assert(
    fc.property(rule, style, (text, options) => {
      const { defaultStringType, ...layout } = options;
      const yaml = stringify(
        { before: 1, when: text },
        { ...layout, defaultStringType, defaultKeyType: "PLAIN" },
      );
      const scalar = scalarIn(yaml);
      // The library that writes it does not keep every white space at the ends.
      fc.pre(scalar.json === text);
      for (let offset = 0; offset < text.length; offset += 1) {
        const character = text[offset] ?? "";
        if (/\s/.test(character)) continue;
        if (/[\udc00-\udfff]/.test(character)) continue;
        const at = placeInScalar(scalar, offset);
        // A quote or backslash in double quotes stands behind its escape.
        const isEscaped = yaml[scalar.start] === '"' && yaml[at] === "\\";
        const stands = isEscaped ? yaml[at + 1] : yaml[at];
        assert.equal(stands, character, `${offset} of ${JSON.stringify(text)} in ${yaml}`);
      }
    }),
    { numRuns: 400 },
  );
});

test("numeric escapes count as what they stand for", () => {
  const scalar = scalarIn('when: "\\x41\\u00e9\\U0001F600 == total"');
  const at = placeInScalar(scalar, String(scalar.json).indexOf("total"));
  assert.equal(scalar.source.text.slice(at), 'total"');
});

test("an offset at the end of a string stands at its end or its start", () => {
  for (const text of ["when: a", "when: 'a'", "when: |\n  a\n"]) {
    const scalar = scalarIn(text);
    const at = placeInScalar(scalar, String(scalar.json).length);
    assert.ok(at >= scalar.start && at <= text.length);
  }
});
