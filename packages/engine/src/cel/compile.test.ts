import assert from "node:assert/strict";
import { test } from "node:test";
import type { ShapeType } from "@writ/contract/shape-type";
import { compileRule, STEPS } from "./compile.ts";
import {
  any,
  ask,
  boolean,
  heldObject,
  integer,
  list,
  number,
  object,
  oneOf,
  orNull,
  text,
} from "./sample.node.ts";

const CALL = object({
  tool: oneOf("book", "cancel"),
  name: text,
  n: integer,
  price: number,
  done: boolean,
  note: orNull(text),
  count: orNull(integer),
  user: orNull(object({ id: text, cards: list(text) })),
  items: list(object({ id: text, qty: integer })),
  tags: list(text),
  open: object({ known: text }, text),
  table: object({}, integer),
  loose: any,
});

const INPUT = {
  tool: "book",
  name: "ada",
  n: 3,
  price: 1.5,
  done: true,
  note: null,
  count: null,
  user: null,
  items: [
    { id: "gift_1", qty: 2 },
    { id: "card_2", qty: 0 },
  ],
  tags: ["a", "b"],
  open: { known: "k", extra: "e" },
  table: { x: 1, y: 2 },
  loose: null,
};

function holds(source: string, input: object = INPUT, type: ShapeType = CALL): boolean | string {
  return ask(source, type, input);
}

function each(rows: readonly (readonly [string, boolean | string])[], input: object = INPUT): void {
  for (const [source, expected] of rows) assert.equal(holds(source, input), expected, source);
}

test("conditions that policies are made of", () => {
  each([
    ["input.tool == 'book' && input.n > 2", true],
    ["input.user == null || input.user.id != input.name", true],
    ["input.items.filter(i, i.id.startsWith('gift_')).size() == 1", true],
    ["size(input.items.filter(i, i.qty > 0)) > 1", false],
    ["input.items.map(i, [i.id, string(i.qty)]) == [['gift_1', '2'], ['card_2', '0']]", true],
    ["input.items.all(i, i.id in ['gift_1', 'card_2'])", true],
    ["input.items.exists_one(i, i.qty == 0)", true],
    ["input.items.exists(i, input.tags.exists(t, i.id.contains(t) && t == 'b'))", false],
    ["input.price * 2.0 == 3.0 && double(input.n) / 2.0 == input.price", true],
    ["{'book': 5, 'cancel': 2}[input.tool] > input.n", true],
    ["input.table['x'] + input.table.y == 3", true],
    ["input['name'] == 'ada' && input.tags[1] == 'b'", true],
    ["'extra' in input.open && has(input.open.extra) && !has(input.open.other)", true],
    ["input.table.all(k, input.table[k] > 0)", true],
    ["input.name.matches('^[a-z]+$') && !input.name.matches('^\\\\d')", true],
    ["(input.done ? input.n : 0) == 3", true],
    ["input.note == 'x' || input.note == null", true],
    ["[[1, 2], [3]].exists(x, x.exists(x, x == 3))", true],
  ]);
});

test("null is equal to null alone; used as anything else it fails the rule", () => {
  each([
    ["input.note == null", true],
    ["input.note == 'x'", false],
    ["input.note != 'x'", true],
    ["input.note in ['x', 'y']", false],
    ["input.count == input.n", false],
    ["input.user.id == 'ada'", "NULL_VALUE"],
    ["input.user.cards.exists(c, c == 'x')", "NULL_VALUE"],
    ["input.count > 1", "NULL_VALUE"],
    ["input.count + 1 == 2", "NULL_VALUE"],
    ["input.note.startsWith('x')", "NULL_VALUE"],
    ["size(input.note) == 0", "NULL_VALUE"],
    ["input.note + 'x' == 'x'", "NULL_VALUE"],
    ["input.loose.member == 'x'", "NULL_VALUE"],
    ["has(input.loose.member)", "NULL_VALUE"],
    ["input.loose", "NULL_VALUE"],
  ]);
});

test("evaluation runs left to right, and no failure is absorbed", () => {
  const fails = "1 / (input.n - 3) == 1";
  each([
    [`false && ${fails}`, false],
    [`true || ${fails}`, true],
    [`${fails} && false`, "DIVISION_BY_ZERO"],
    [`${fails} || true`, "DIVISION_BY_ZERO"],
    [`input.done && ${fails} && false`, "DIVISION_BY_ZERO"],
    [`input.done || ${fails} || true`, true],
    [`input.done ? true : ${fails}`, true],
    [`input.done ? ${fails} : true`, "DIVISION_BY_ZERO"],
    ["[3, 2].exists(x, 6 / (x - 3) == 0 || x == 2)", "DIVISION_BY_ZERO"],
    ["[2, 3].exists(x, x == 2 || 6 / (x - 3) == 0)", true],
    ["[3, 2].all(x, 6 / (x - 3) == 0 && x == 3)", "DIVISION_BY_ZERO"],
    ["[2, 3].all(x, x == 3 && 6 / (x - 3) == 0)", false],
    ["[2, 2, 3].exists_one(x, 6 / (x - 3) == -6)", "DIVISION_BY_ZERO"],
    ["input.tags[2] == 'c'", "INDEX_OUT_OF_RANGE"],
    ["input.tags[-1] == 'c'", "INDEX_OUT_OF_RANGE"],
    ["input.table['z'] == 1", "NO_SUCH_KEY"],
    ["input.open.other == 'x'", "NO_SUCH_KEY"],
    ["{'a': 1}[input.name] == 1", "NO_SUCH_KEY"],
    ["int(input.name) == 1", "NOT_A_NUMBER"],
    ["input.n * 9007199254740991 > 0", "OUT_OF_RANGE"],
    ["int(input.price * 1e300) > 0", "OUT_OF_RANGE"],
  ]);
});

test("a value of any type is held to what is asked of it", () => {
  const rows: readonly (readonly [string, unknown, boolean | string])[] = [
    ["input.loose == 'x'", "x", true],
    ["input.loose != 'x'", ["x"], "WRONG_TYPE"],
    ["input.loose != 'x'", 5, "WRONG_TYPE"],
    ["input.loose != 'x'", null, true],
    ["input.loose in ['x', 'y']", ["x"], "WRONG_TYPE"],
    ["'x' in input.loose", ["y", "x"], true],
    ["'x' in input.loose", { x: 1 }, true],
    ["'x' in input.loose", "x", "WRONG_TYPE"],
    ["input.loose > 1", 2, true],
    ["input.loose > 1.5", 2, true],
    ["input.loose + 1 == 3", 2, true],
    ["input.loose + 1 == 3", 2.5, "WRONG_TYPE"],
    ["input.loose.a.b == 'x'", { a: { b: "x" } }, true],
    ["input.loose.a == 'x'", ["a"], "WRONG_TYPE"],
    ["input.loose[0] == 'x'", ["x"], true],
    ["input.loose.exists(x, x == 'a')", ["b", "a"], true],
    ["input.loose.exists(x, x == 'a')", { a: 1 }, true],
    ["input.loose.exists(x, x == 'a')", "a", "WRONG_TYPE"],
    ["size(input.loose) == 2", "😀a", true],
    ["size(input.loose) == 2", { a: 1, b: 2 }, true],
    ["string(input.loose) == '1.5'", 1.5, true],
    ["int(input.loose) == 12", "12", true],
    ["input.loose", true, true],
    ["input.loose", 1, "WRONG_TYPE"],
    ["input.loose || true", "yes", "WRONG_TYPE"],
  ];
  for (const [source, loose, expected] of rows) {
    assert.equal(
      holds(source, { ...INPUT, loose }),
      expected,
      `${source} ${JSON.stringify(loose)}`,
    );
  }
});

test("what cannot be meant does not load, and the place is named", () => {
  each([
    ["input.nmae == 'x'", "UNKNOWN_MEMBER 6"],
    ["input.user.name == 'x'", "UNKNOWN_MEMBER 11"],
    ["user.id == 'x'", "UNKNOWN_NAME 0"],
    ["input.items.exists(input, true)", "UNKNOWN_NAME 19"],
    ["input.name.reverse() == 'x'", "UNKNOWN_FUNCTION 11"],
    ["timestamp(input.name) < timestamp('x')", "NOT_IN_LANGUAGE 0, NOT_IN_LANGUAGE 24"],
    ["input.name.getHours('Europe/Paris') > 8", "NOT_IN_LANGUAGE 11"],
    ["dyn(input.name) == 1", "NOT_IN_LANGUAGE 0"],
    ["type(input.name) == string", "NOT_IN_LANGUAGE 0, UNKNOWN_NAME 20"],
    ["input.n", "NOT_BOOLEAN 6"],
    ["'yes'", "NOT_BOOLEAN 0"],
    ["input.n && true", "WRONG_TYPE 6"],
    ["!input.name", "WRONG_TYPE 7"],
    ["input.done ? 1 : 2", "NOT_BOOLEAN 11"],
    ["input.done ? true : 'x'", "WRONG_TYPE 20"],
    ["input.n == 1.0", "MIXED_NUMBERS 8"],
    ["input.price > 1", "MIXED_NUMBERS 12"],
    ["input.n + 0.5 > 1.0", "MIXED_NUMBERS 8"],
    ["input.n in [1.0]", "MIXED_NUMBERS 8"],
    ["[1, 2.0] == []", "MIXED_NUMBERS 4"],
    ["input.done ? input.n == 1 : input.price == (input.done ? 1 : 2.0)", "MIXED_NUMBERS 61"],
    ["input.name == 1", "WRONG_TYPE 11"],
    ["input.tags == 'a'", "WRONG_TYPE 11"],
    ["input.name in input.n", "WRONG_TYPE 20"],
    ["1 in input.tags", "WRONG_TYPE 2"],
    ["input.name - 'x' == 'y'", "WRONG_TYPE 11"],
    ["input.done < true", "WRONG_TYPE 11"],
    ["-input.name == 'x'", "WRONG_TYPE 7"],
    ["input.loose + input.loose == 1", "WRONG_TYPE 12"],
    ["input.name.exists(c, true)", "WRONG_TYPE 6"],
    ["input.user.exists(c, true)", "WRONG_TYPE 6"],
    ["input.name[0] == 'a'", "WRONG_TYPE 10"],
    ["input.tags['a'] == 'a'", "WRONG_TYPE 11"],
    ["input.user[input.name] == 'a'", "WRONG_TYPE 17"],
    ["input.name.startsWith(1)", "WRONG_TYPE 22"],
    ["startsWith(input.name, 'a')", "WRONG_TYPE 0"],
    ["input.name.int() == 1", "WRONG_TYPE 11"],
    ["size(input.n) == 1", "WRONG_TYPE 11"],
    ["{1: 2} == {}", "WRONG_TYPE 1"],
    ["{'a': 2, 'a': 3} == {}", "DUPLICATE_KEY 9"],
    ["input.name == null", "NEVER_NULL 11"],
    ["has(input.user)", "ALWAYS_THERE 0"],
    ["has(input.open.known)", "ALWAYS_THERE 0"],
    ["has(input.nothing)", "UNKNOWN_MEMBER 0"],
    ["'known' in input.open", "ALWAYS_THERE 0"],
    ["input.name in input.user", "ALWAYS_THERE 11"],
    ["input.name.matches(input.note)", "BAD_PATTERN 25"],
    ["input.name.matches('(')", "BAD_PATTERN 19"],
    ["input.name.matches('(?=a)')", "BAD_PATTERN 19"],
    [
      "input.x == 1 || input.y == 2 || input.n == 'z'",
      "UNKNOWN_MEMBER 6, UNKNOWN_MEMBER 22, WRONG_TYPE 40",
    ],
  ]);
});

test("a literal that no normal form equals does not load", () => {
  each([
    ["input.name == 'Ada'", "NEVER_EQUAL 14"],
    ["'Ada' != input.name", "NEVER_EQUAL 0"],
    ["input.name == ' ada'", "NEVER_EQUAL 14"],
    ["input.name == 'ada\\u2003'", "NEVER_EQUAL 14"],
    ["input.name in ['ada', 'Bob']", "NEVER_EQUAL 22"],
    ["'A' in input.tags", "NEVER_EQUAL 0"],
    ["input.tags == ['a', 'B']", "NEVER_EQUAL 20"],
    ["input.items.map(i, i.id) == ['A']", "NEVER_EQUAL 29"],
    ["input.items.exists(i, i.id == 'A')", "NEVER_EQUAL 30"],
    ["input.items.map(i, [i.id, 'x']) == [['A', 'x']]", "NEVER_EQUAL 37"],
    ["input.name == (input.done ? 'a' : 'B')", "NEVER_EQUAL 34"],
    ["input.loose == 'A'", "NEVER_EQUAL 15"],
    ["input.loose.a[0] == 'A'", "NEVER_EQUAL 20"],
    ["input.name + input.name == 'Ab'", "NEVER_EQUAL 27"],
    ["string(input.n) == 'x '", "NEVER_EQUAL 19"],
    ["input.name.startsWith('A')", "NEVER_EQUAL 22"],
    ["input.name.startsWith(' a')", "NEVER_EQUAL 22"],
    ["input.name.endsWith('a ')", "NEVER_EQUAL 20"],
    ["input.name.contains('É')", "NEVER_EQUAL 20"],
    ["input.name.matches('^A')", "NEVER_EQUAL 19"],
    ["input.tool == 'delete'", "NEVER_EQUAL 14"],
    ["input.tool in ['book', 'delete']", "NEVER_EQUAL 23"],
    ["input.tool.startsWith('del')", "NEVER_EQUAL 22"],
    ["{'book': 1, 'Cancel': 2}[input.tool] == 1", "NEVER_EQUAL 12"],
    ["input.name in ['a', 1]", "NEVER_EQUAL 20"],
    ["input.name in ['a', null]", "NEVER_EQUAL 20"],
  ]);
  // What stays possible loads.
  each([
    ["input.name + ' x' == 'ada x'", true],
    ["input.name + ' ' == 'ada '", true],
    [
      "input.name.startsWith('a b') || input.name.endsWith(' a') || input.name.contains(' ')",
      false,
    ],
    ["input.open.all(k, k != 'Known')", true],
    ["'Extra' in input.open", false],
    ["'A' == 'B'", false],
    ["string(input.price) == 'NaN'", false],
    ["input.name.matches('^[A-Za-z]+$')", true],
    ["input.name.matches('(?i)^ADA$')", true],
    ["input.tool.startsWith('b')", true],
    ["input.name == 'ß' || input.name == 'ŉ'", false],
  ]);
});

test("the steps of a rule are bounded, by count alone", () => {
  const items = (count: number): object => ({ tags: Array.from({ length: count }, () => "b") });
  const tags = object({ tags: list(text) });
  const ask = (source: string, count: number) => holds(source, items(count), tags);
  // Three nodes outside the body; an element costs one, and three for the nodes of `t == 'a'`.
  const within = Math.floor((STEPS - 3) / 4);
  assert.equal(ask("input.tags.exists(t, t == 'a')", within), false);
  assert.equal(ask("input.tags.exists(t, t == 'a')", within + 1), "STEPS_EXCEEDED");
  assert.equal(ask("input.tags.exists(t, t == 'b')", 1_000_000), true);
  assert.equal(ask("input.tags.all(t, input.tags.all(u, u == 'b'))", 1000), "STEPS_EXCEEDED");
  assert.equal(ask("input.tags.map(t, t) == []", 1_000_000), "STEPS_EXCEEDED");
  assert.equal(ask("input.tags.filter(t, true).size() == 0", 1_000_000), "STEPS_EXCEEDED");
  assert.equal(ask("'x' in input.tags", 1_000_000), "STEPS_EXCEEDED");
  assert.equal(ask("input.tags == input.tags", 1_000_000), "STEPS_EXCEEDED");
  assert.equal(ask("size(input.tags + input.tags) == 0", 1_000_000), "STEPS_EXCEEDED");
});

test("work on long text is charged by its length", () => {
  const type = object({ a: text, b: text });
  const ask = (source: string, length: number) =>
    holds(source, { a: "x".repeat(length), b: "x".repeat(length) }, type);
  for (const source of [
    "input.a == input.b",
    "input.a <= input.b",
    "size(input.a + input.b) > 0",
    "input.a.matches('^x')",
    "input.a.startsWith(input.b)",
    "input.a.contains(input.b)",
  ]) {
    assert.equal(ask(source, 2000), true, source);
    assert.equal(ask(source, 2_000_000), "STEPS_EXCEEDED", source);
  }
  assert.equal(ask("input.a == 'x'", 2_000_000), false);
});

test("a rule keeps nothing: its answers do not depend on what it was asked before", () => {
  const compiled = compileRule("input.items.exists(i, i.qty == input.n)", CALL);
  assert.ok("rule" in compiled);
  const { rule } = compiled;
  const yes = heldObject({ ...INPUT, n: 2 });
  const no = heldObject(INPUT);
  const failing = heldObject({ ...INPUT, items: [null] });
  for (let round = 0; round < 3; round += 1) {
    assert.equal(rule.evaluate(yes), true);
    assert.equal(rule.evaluate(no), false);
    assert.throws(() => rule.evaluate(failing), { name: "EvaluationFailed", code: "NULL_VALUE" });
  }
});
