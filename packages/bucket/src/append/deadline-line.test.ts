import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DeadlineLine } from "./deadline-line.ts";

/** A clock that goes when it is told to, a millisecond at a time. */
function pass(t: TestContext): (ms: number) => void {
  let now = 0;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(performance, "now", () => now);
  return (ms) => {
    for (let tick = 0; tick < ms; tick += 1) {
      now += 1;
      t.mock.timers.tick(1);
    }
  };
}

test("who stays too long is late, once, and in order of arrival", (t) => {
  const go = pass(t);
  const late: string[] = [];
  const line = new DeadlineLine<string>(60, (item) => late.push(item));
  line.add("a");
  line.add("b");
  go(30);
  line.add("c");
  line.remove("b");
  go(29);
  assert.deepEqual(late, []);
  go(1);
  assert.deepEqual(late, ["a"]);
  go(29);
  assert.deepEqual(late, ["a"]);
  go(1);
  assert.deepEqual(late, ["a", "c"]);
  go(200);
  assert.deepEqual(late, ["a", "c"]);
});

test("nobody is late after stop, and the line can be used again", (t) => {
  const go = pass(t);
  const late: number[] = [];
  const line = new DeadlineLine<number>(20, (item) => late.push(item));
  line.add(1);
  line.stop();
  go(40);
  assert.deepEqual(late, []);
  line.add(2);
  go(20);
  assert.deepEqual(late, [2]);
});

test("who comes while others are found late gets the whole time", (t) => {
  const go = pass(t);
  const late: number[] = [];
  const line: DeadlineLine<number> = new DeadlineLine(30, (item) => {
    late.push(item);
    if (item === 1) line.add(2);
  });
  line.add(1);
  go(59);
  assert.deepEqual(late, [1]);
  go(1);
  assert.deepEqual(late, [1, 2]);
});
