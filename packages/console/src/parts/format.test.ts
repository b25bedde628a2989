import assert from "node:assert/strict";
import { test } from "node:test";
import { age, bytes, clock, count, instant, rate, share } from "./format.ts";

test("numbers as people read them", () => {
  assert.equal(count(0), "0");
  assert.equal(count(999), "999");
  assert.equal(count(1000), "1\u2009000");
  assert.equal(count(3_000_000), "3\u2009000\u2009000");
  assert.equal(share(1, 3), "33.3 %");
  assert.equal(share(0, 0), "–");
  assert.equal(rate(0, 60), "0");
  assert.equal(rate(73, 60), "1.22");
  assert.equal(rate(600_000, 60), "10\u2009000");
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(1023), "1023 B");
  assert.equal(bytes(1536), "1.50 KiB");
  assert.equal(bytes(2 ** 40), "1.00 TiB");
});

test("times in UTC, and how long ago", () => {
  assert.equal(instant("2026-11-21T20:45:10.123Z"), "2026-11-21 20:45:10.123");
  assert.equal(clock("2026-11-21T20:45:10.123Z"), "20:45:10.123");
  assert.equal(age(-5), "0 s");
  assert.equal(age(119_000), "119 s");
  assert.equal(age(120_000), "2 min");
  assert.equal(age(7_200_000), "2 h");
  assert.equal(age(172_800_000), "2 d");
});
