import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { DeadlineLine, Timed } from "./deadline-line.ts";

class Item extends Timed {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

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
  const line = new DeadlineLine<Item>(60, ({ name }) => late.push(name));
  const b = new Item("b");
  line.add(new Item("a"));
  line.add(b);
  go(30);
  line.add(new Item("c"));
  line.remove(b);
  line.remove(b);
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
  const late: string[] = [];
  const line = new DeadlineLine<Item>(20, ({ name }) => late.push(name));
  line.add(new Item("1"));
  line.stop();
  go(40);
  assert.deepEqual(late, []);
  line.add(new Item("2"));
  go(20);
  assert.deepEqual(late, ["2"]);
});

test("who comes while others are found late gets the whole time", (t) => {
  const go = pass(t);
  const late: string[] = [];
  const line: DeadlineLine<Item> = new DeadlineLine(30, ({ name }) => {
    late.push(name);
    if (name === "1") line.add(new Item("2"));
  });
  line.add(new Item("1"));
  go(59);
  assert.deepEqual(late, ["1"]);
  go(1);
  assert.deepEqual(late, ["1", "2"]);
});

test("whoever comes and goes in whatever order, the late ones are those who stayed", (t) => {
  const go = pass(t);
  const step = fc.record({
    pass: fc.nat({ max: 12 }),
    leaves: fc.array(fc.nat({ max: 40 }), { maxLength: 3 }),
    comes: fc.nat({ max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const late: string[] = [];
      const line = new DeadlineLine<Item>(20, ({ name }) => late.push(name));
      const items: { readonly item: Item; readonly since: number; left: number }[] = [];
      let now = 0;
      for (const { pass: ms, leaves, comes } of steps) {
        go(ms);
        now += ms;
        for (const index of leaves) {
          const one = items[index];
          if (one === undefined) continue;
          line.remove(one.item);
          one.left = Math.min(one.left, now);
        }
        for (let i = 0; i < comes; i += 1) {
          const item = new Item(String(items.length));
          items.push({ item, since: now, left: Number.POSITIVE_INFINITY });
          line.add(item);
        }
      }
      const expected = items.filter(({ since, left }) => left >= since + 20 && now >= since + 20);
      assert.deepEqual(
        late,
        expected.map(({ item }) => item.name),
      );
      line.stop();
    }),
    { numRuns: 100 },
  );
});
