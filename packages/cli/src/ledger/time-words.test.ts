import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { UsageError } from "../verb.ts";
import { ageInWords, timeFrom } from "./time-words.ts";

const NOW = Date.parse("2026-11-22T12:34:56.789Z");

const READ: Readonly<Record<string, string>> = {
  "0s": "2026-11-22T12:34:56Z",
  "15m": "2026-11-22T12:19:56Z",
  "2h": "2026-11-22T10:34:56Z",
  "7d": "2026-11-15T12:34:56Z",
  "1w": "2026-11-15T12:34:56Z",
  "2026-11-21": "2026-11-21T00:00:00Z",
  "2026-11-21T20:45": "2026-11-21T20:45:00Z",
  "2026-11-21T20:45Z": "2026-11-21T20:45:00Z",
  "2026-11-21T20:45:10": "2026-11-21T20:45:10Z",
  "2026-11-21T20:45:10.123Z": "2026-11-21T20:45:10Z",
  "2024-02-29": "2024-02-29T00:00:00Z",
};

test("times are read as people write them", () => {
  for (const [text, time] of Object.entries(READ)) assert.equal(timeFrom(text, "from", NOW), time);
});

test("what is no time is refused with what to write", () => {
  const odd = ["", "2026-02-29", "2026-13-01", "20:45", "m", "5", "-5m", "5y", "2026-11-21T24:00"];
  for (const text of odd) {
    assert.throws(
      () => timeFrom(text, "to", NOW),
      (error) => error instanceof UsageError && error.message.startsWith("--to: give 15m"),
      text,
    );
  }
});

test("any second can be asked for, and is itself", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
      const text = new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
      assert.equal(timeFrom(text, "from", NOW), text);
    }),
  );
});

test("an age is told in the largest unit that says something", () => {
  const cases = { 0: "0 s", 1400: "1 s", 90000: "90 s", 600000: "10 m", 7300000: "2 h" };
  for (const [age, words] of Object.entries(cases)) assert.equal(ageInWords(Number(age)), words);
});
