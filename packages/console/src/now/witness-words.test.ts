import assert from "node:assert/strict";
import { test } from "node:test";
import type { WitnessState } from "../source/answers.ts";
import { witnessSays } from "./witness-words.ts";

const now = "2026-11-21T20:45:10.000Z";
const at = "2026-11-21T20:45:00.000Z";
const quiet: WitnessState = {
  name: "witness.example",
  cosignedSize: null,
  cosignedAt: null,
  failures: 0,
  alarm: null,
};

const table: readonly (readonly [Partial<WitnessState>, string])[] = [
  [{}, "not asked yet"],
  [{ failures: 2 }, "does not answer"],
  [{ cosignedSize: 10, cosignedAt: at }, "this one, 10 s ago"],
  [{ cosignedSize: 10, cosignedAt: at, failures: 1 }, "this one, 10 s ago"],
  [{ cosignedSize: 9, cosignedAt: at }, "an earlier one, 10 s ago"],
  [{ cosignedSize: 9, cosignedAt: at, failures: 3 }, "does not answer; last 10 s ago"],
  [
    { cosignedSize: 10, cosignedAt: at, alarm: "forked" },
    "cosigned a tree that this log does not continue",
  ],
  [{ alarm: "behind" }, "cosigned a larger tree than is published here"],
];

for (const [state, words] of table) {
  test(`a witness of which one says: ${words}`, () => {
    assert.equal(witnessSays({ ...quiet, ...state }, now, 10), words);
  });
}
