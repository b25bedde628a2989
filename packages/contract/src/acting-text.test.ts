import assert from "node:assert/strict";
import { test } from "node:test";
import { spellActing } from "./acting-text.ts";

test("of all code points those that act are spelled, and the others stand as they were", () => {
  const acting = /^\p{C}$|^\p{Zl}$|^\p{Zp}$/u;
  // Unassigned and private ones are drawn as boxes, if at all: they stand there.
  const standing = /^\p{Cn}$|^\p{Co}$/u;
  for (let point = 0; point <= 0x10ffff; point += 1) {
    const character = String.fromCodePoint(point);
    const isActing = acting.test(character) && !standing.test(character);
    const told = spellActing(`a${character}b`, () => "!");
    assert.equal(told, isActing ? "a!b" : `a${character}b`, point.toString(16));
  }
});
