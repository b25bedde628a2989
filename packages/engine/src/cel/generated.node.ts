import type { ShapeType } from "@writ/contract/shape-type";
import fc from "fast-check";
import { any, boolean, integer, list, number, object, orNull, text } from "./sample.node.ts";

export const SHAPE: ShapeType = object({
  n: integer,
  m: orNull(integer),
  x: number,
  flag: orNull(boolean),
  s: text,
  t: orNull(text),
  tags: list(text),
  items: list(object({ name: text, qty: integer, note: orNull(text) })),
  sub: orNull(object({ id: text, tags: list(text) })),
  open: object({}, text),
  loose: any,
});

// Nothing between U+E000 and U+FFFF: the other evaluator orders text by UTF-16 unit.
const TEXTS = ["", "a", "ab", "b", "12", "-3", "é", "😀"];
const someText = fc.constantFrom(...TEXTS);
const someInteger = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 31, 94906267),
);
const someNumber = fc.constantFrom(0, -1.5, 0.1, 2, 3, 1e300, 5e-324);

export const someInput: fc.Arbitrary<object> = fc.record({
  n: someInteger,
  m: fc.option(someInteger),
  x: someNumber,
  flag: fc.option(fc.boolean()),
  s: someText,
  t: fc.option(someText),
  tags: fc.array(someText, { maxLength: 3 }),
  items: fc.array(fc.record({ name: someText, qty: someInteger, note: fc.option(someText) }), {
    maxLength: 3,
  }),
  sub: fc.option(fc.record({ id: someText, tags: fc.array(someText, { maxLength: 2 }) })),
  open: fc.dictionary(fc.constantFrom("a", "b", "ab"), someText, { noNullPrototype: true }),
  loose: fc.constant(null),
});

/** A source twice: as written, and with `&&` and `||` as choices, which absorb no error. */
export interface Pair {
  readonly our: string;
  readonly strict: string;
}

function pair(template: string, ...parts: readonly Pair[]): Pair {
  const fill = (key: keyof Pair): string =>
    template.replace(/\$(\d)/g, (_all, at: string) => parts[Number(at)]?.[key] ?? "");
  return { our: fill("our"), strict: fill("strict") };
}

function logic(operator: string, left: Pair, right: Pair): Pair {
  const decided = operator === "&&" ? `? (${right.strict}) : false` : `? true : (${right.strict})`;
  return {
    our: `(${left.our} ${operator} ${right.our})`,
    strict: `((${left.strict}) ${decided})`,
  };
}

const one = (sources: readonly string[]): fc.Arbitrary<Pair> =>
  fc.constantFrom(...sources).map((source) => ({ our: source, strict: source }));

const quoted = ["'a'", "'ab'", "'12'", "''", "'😀'", '"\\u00e9"'];
const ORDER = ["<", "<=", ">", ">=", "==", "!="];

/** Rules over `SHAPE`; most of them load, and some fail on some inputs. */
export const generated: fc.Arbitrary<Pair> = fc.letrec<
  Record<"bool" | "int" | "num" | "str" | "strs", Pair>
>((tie) => {
  const [bool, int, num, str, strs] = [
    tie("bool"),
    tie("int"),
    tie("num"),
    tie("str"),
    tie("strs"),
  ];
  const depth = { maxDepth: 4, withCrossShrink: true } as const;
  const of2 = (a: fc.Arbitrary<Pair>, b: fc.Arbitrary<Pair>, templates: readonly string[]) =>
    fc
      .tuple(fc.constantFrom(...templates), a, b)
      .map(([template, left, right]) => pair(template, left, right));
  const infix = (operators: readonly string[]) => operators.map((each) => `($0 ${each} $1)`);
  return {
    bool: fc.oneof(
      depth,
      one(["true", "input.flag == true", "input.sub == null", "input.t != null", "input.flag"]),
      fc.tuple(fc.constantFrom("&&", "||"), bool, bool).map(([o, a, b]) => logic(o, a, b)),
      of2(int, int, infix(ORDER)),
      of2(num, num, infix(ORDER)),
      of2(str, str, infix(ORDER)),
      of2(str, str, ["$0.startsWith($1)", "$0.endsWith($1)", "$0.contains($1)"]),
      of2(str, strs, ["($0 in $1)"]),
      of2(strs, strs, infix(["==", "!="])),
      of2(strs, bool, ["$0.exists(e, e == input.s || $1)", "$0.all(e, e != input.s && $1)"]),
      of2(strs, str, ["$0.exists_one(e, e == $1)", "$0.all(e, size(e) < 2 || e == $1)"]),
      of2(int, int, ["input.items.exists(i, i.qty == $0 && i.qty / $1 == 1)"]),
      one([
        "has(input.open.a)",
        "('b' in input.open)",
        "input.items.map(i, [i.name, i.note]) == []",
      ]),
      one(["input.loose == null", "input.s.matches('^[a-z]+$')", "input.s.matches('1|é')"]),
      bool.map((inner) => pair("!($0)", inner)),
      fc.tuple(bool, bool, bool).map((parts) => pair("($0 ? $1 : $2)", ...parts)),
    ),
    int: fc.oneof(
      depth,
      one(["input.n", "input.m", "0", "1", "-2", "7", "9007199254740991"]),
      of2(int, int, infix(["+", "-", "*", "/", "%"])),
      str.map((inner) => pair("size($0)", inner)),
      strs.map((inner) => pair("$0.size()", inner)),
      num.map((inner) => pair("int($0)", inner)),
      str.map((inner) => pair("int($0)", inner)),
      // Two signs cancel out in the other parser, so that --null is no error there.
      int.map((inner) => pair("-(0 + $0)", inner)),
      int.map((inner) => pair("input.items[$0].qty", inner)),
      fc.tuple(bool, int, int).map((parts) => pair("($0 ? $1 : $2)", ...parts)),
    ),
    num: fc.oneof(
      depth,
      one(["input.x", "0.5", "2.0", "-1.5"]),
      of2(num, num, infix(["+", "-", "*", "/"])),
      int.map((inner) => pair("double($0)", inner)),
      num.map((inner) => pair("-($0)", inner)),
    ),
    str: fc.oneof(
      depth,
      one(["input.s", "input.t", "input.sub.id", "input.open.a", "input.open['b']", ...quoted]),
      of2(str, str, ["($0 + $1)"]),
      of2(strs, int, ["$0[$1]"]),
      str.map((inner) => pair("{'a': 'b', 'ab': 'a'}[$0]", inner)),
      int.map((inner) => pair("string($0)", inner)),
    ),
    strs: fc.oneof(
      depth,
      one(["input.tags", "input.sub.tags", "['a', 'b']", "input.items.map(i, i.name)"]),
      of2(strs, strs, ["($0 + $1)"]),
      of2(strs, str, ["$0.filter(e, e != $1)", "$0.map(e, e + $1)"]),
      of2(str, str, ["[$0, $1]"]),
      int.map((inner) => pair("input.items.map(i, i.qty > $0, i.name)", inner)),
      one(["input.items.filter(i, i.note == null).map(i, i.name)"]),
    ),
  };
}).bool;
