import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { harmless, harmlessJson } from "./terminal-text.ts";

/** Ranges of code points that act. */
const ACTS: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xe0001, 0xe007f],
];

function actsNot(text: string): void {
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const acts = ACTS.some(([first, last]) => point >= first && point <= last);
    assert.ok(!acts, point.toString(16));
  }
}

const TEXT = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\u001b[31m", "\r", "\u202e", "\u2066", "\ufeff", "\u009b", "\\", "\u{e0041}"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
});

test("no text of somebody else's moves the cursor or turns the line round", () => {
  fc.assert(
    fc.property(TEXT, (text) => {
      actsNot(harmless(text));
    }),
  );
});

test("it can be read back, so that no two texts look the same by it", () => {
  fc.assert(
    fc.property(TEXT, (text) => {
      const back = harmless(text).replaceAll(/\\(\\|u\{([0-9a-f]+)\})/g, (_, mark, digits) =>
        mark === "\\" ? "\\" : String.fromCodePoint(Number.parseInt(digits, 16)),
      );
      assert.equal(back, text);
    }),
  );
});

test("JSON stays the same value", () => {
  fc.assert(
    fc.property(TEXT, fc.json(), (text, more) => {
      const json = JSON.stringify({ [text]: [text, JSON.parse(more)] });
      actsNot(harmlessJson(json));
      assert.deepEqual(JSON.parse(harmlessJson(json)), JSON.parse(json));
    }),
  );
});
