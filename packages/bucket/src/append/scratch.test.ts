import assert from "node:assert/strict";
import { test } from "node:test";
import { Scratch } from "./scratch.ts";

test("memory is taken again, grows when it must, and what is huge is not kept", () => {
  const scratch = new Scratch();
  const small = scratch.take(100);
  assert.equal(small.length, 100);
  assert.equal(scratch.take(60_000).buffer, small.buffer);
  const larger = scratch.take(500_000);
  assert.equal(larger.length, 500_000);
  assert.notEqual(larger.buffer, small.buffer);
  const huge = scratch.take(9 * 1024 * 1024);
  assert.equal(huge.length, 9 * 1024 * 1024);
  assert.equal(scratch.take(1).buffer, larger.buffer);
});
