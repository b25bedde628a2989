import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyValue } from "./cases.test-support.ts";
import { JsonObject } from "./json.ts";
import { textOf } from "./json-text.test-support.ts";
import { naiveJson } from "./naive-json.test-support.ts";
import { canonical, fromJson, type Value } from "./oracle.test-support.ts";
import { INPUT_LIMITS, NotStrictJson, parseStrictJson } from "./strict-json.ts";
import { utf8Bytes } from "./utf8.ts";

function parse(text: string): Value {
  return fromJson(parseStrictJson(utf8Bytes(text)));
}

function refusal(bytes: Uint8Array): NotStrictJson {
  try {
    parseStrictJson(bytes);
  } catch (error) {
    assert(error instanceof NotStrictJson);
    return error;
  }
  return assert.fail("accepted");
}

test("what is JSON but not strict is refused, and the offset says where", () => {
  const refused: [string, number][] = [
    ['{"a":1,"a":2}', 7],
    ['{"a":1,"\\u0061":2}', 7],
    ['[{"x":{"b":1,"b":1}}]', 13],
    ['{"\u00e9":1,"\u00e9":2}', 8],
    ["\ufeff{}", 0],
    ['"\\ud800"', 1],
    ['"\\udc00\\ud800"', 1],
    ['"\\ud83d\\ud83d\\ude00"', 1],
    ['"\\ud83dx"', 1],
    ['"\\ud83d\\n"', 1],
    ['{"\\udead":1}', 2],
    ["[9007199254740993]", 1],
    ["[1e400]", 1],
    ["[0.1000000000000000055]", 1],
  ];
  for (const [text, offset] of refused) {
    assert.doesNotThrow(() => JSON.parse(text.replace("\ufeff", "")), text);
    assert.equal(refusal(utf8Bytes(text)).offset, offset, text);
  }
});

test("what is no JSON is refused", () => {
  const refused = [
    ..."{ } [ ] : , \" ' - + . x nul tru nulll 01 -01 1. .1 1e 1e+ 0x1 NaN Infinity -Infinity".split(
      " ",
    ),
    "",
    " ",
    "[1,]",
    "[,1]",
    "[1 2]",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "{a:1}",
    "{'a':1}",
    '{"a":1 "b":2}',
    '"\t"',
    '"\u0000"',
    '"\\x41"',
    '"\\u12"',
    '"\\u12g4"',
    '"\\U0041"',
    '"abc',
    '"abc\\"',
    '"abc\\',
    "[1]]",
    "{}{}",
    "1 2",
    "\u00a0[]",
    "[1]\u000b",
    "/**/1",
    "[1] // x",
    "True",
  ];
  for (const text of refused) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
    assert.equal(refusal(utf8Bytes(text)).code, "NOT_STRICT_JSON", text);
  }
});

test("invalid UTF-8 is refused where it begins", () => {
  const sequences: number[][] = [
    [0x80],
    [0xbf],
    [0xc0, 0x80],
    [0xc1, 0xbf],
    [0xc3],
    [0xc3, 0x28],
    [0xe0, 0x9f, 0xbf],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xed, 0xbf, 0xbf],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf0, 0x9f, 0x98],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0xfe],
    [0xff],
  ];
  for (const sequence of sequences) {
    const bytes = Uint8Array.from([0x22, 0xc3, 0xa9, ...sequence, 0x22]);
    assert.equal(refusal(bytes).offset, 3, sequence.map((byte) => byte.toString(16)).join(" "));
  }
});

test("every key is an ordinary key, kept in the order received", () => {
  const value = parseStrictJson(
    utf8Bytes(
      '{"b":1,"10":2,"9":3,"__proto__":{"constructor":4},"constructor":5,"":6,"a\\u0000":7}',
    ),
  );
  assert(value instanceof JsonObject);
  assert.deepEqual(value.names, ["b", "10", "9", "__proto__", "constructor", "", "a\u0000"]);
  assert.deepEqual(value.get("__proto__"), new JsonObject(["constructor"], [4]));
  assert.equal(value.get("toString"), undefined);
  const many = Array.from({ length: 5000 }, (_, i) => `"k${i}":${i}`);
  assert.equal((parse(`{${many.join()}}`) as Map<string, Value>).size, 5000);
  assert.throws(() => parse(`{${many.join()},"k4999":0}`), NotStrictJson);
});

test("strings and literals are read as JSON says", () => {
  const text = '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00E9\\ud83D\\uDE00 \u20ac\u{10ffff}\u007f"';
  assert.equal(parse(text), JSON.parse(text));
  assert.deepEqual(parse(' [ true , false , null , -1.5e1 , "" , [ ] , { } ] '), [
    true,
    false,
    null,
    -15,
    "",
    [],
    new Map(),
  ]);
  assert.equal(Object.is(parse("-0.0"), 0), true);
});

test("depth is bounded, and no depth overflows the stack", () => {
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  parse(nested(64));
  assert.match(refusal(utf8Bytes(nested(65))).message, /64 deep \(byte 64\)/);
  parse(`${'{"a":'.repeat(64)}1${"}".repeat(64)}`);
  assert.match(refusal(utf8Bytes(`${'{"a":'.repeat(65)}1${"}".repeat(65)}`)).message, /64 deep/);
  assert.match(refusal(utf8Bytes(`${"[".repeat(64)}[],{}${"]".repeat(64)}`)).message, /64 deep/);
  assert.match(refusal(utf8Bytes(nested(500_000))).message, /64 deep/);
  assert.match(refusal(utf8Bytes("[".repeat(1_000_000))).message, /JSON value/);
  assert.match(refusal(utf8Bytes(`${'{"a":'.repeat(200_000)}`)).message, /JSON value/);
});

test("what nests too deep is held to the same grammar", () => {
  const deep = (inner: string): string => `${"[".repeat(70)}${inner}${"]".repeat(70)}`;
  for (const inner of ["", "1,2", '{"a":[],"b":{}}', '[{"a":{"a":[1,{"c":null}]}},"x"]']) {
    assert.match(refusal(utf8Bytes(deep(inner))).message, /64 deep/, inner);
  }
  for (const inner of [
    '{"a":1,"a":2}',
    "1,",
    "[1}",
    '{"a"}',
    "1e400",
    '"\\ud800"',
    "{,}",
    '{"a":1,}',
  ]) {
    assert.doesNotMatch(refusal(utf8Bytes(deep(inner))).message, /64 deep/, inner);
  }
});

test("size is that of the value, without the space around it", () => {
  const string = (bytes: number): string => `"${"x".repeat(bytes - 2)}"`;
  const { bytes } = INPUT_LIMITS;
  parse(`  ${string(bytes)}\n`);
  assert.match(refusal(utf8Bytes(string(bytes + 1))).message, /1048576 bytes/);
  const wide = `"${"\u20ac".repeat((bytes - 4) / 3)}`;
  parse(`${wide}xx"`);
  parse(`\n${wide}\u00e9"`);
  assert.match(refusal(utf8Bytes(`${wide}xxx"`)).message, /1048576 bytes/);
  assert.match(refusal(utf8Bytes(`${wide}\u00e9x"`)).message, /1048576 bytes/);
});

test("time grows with the size, whatever the text", () => {
  const mebi = 1 << 20;
  const texts: ((size: number) => string)[] = [
    (size) => `"${"\\u0041".repeat(size / 6)}"`,
    (size) => `[${"1,".repeat(size / 2)}1]`,
    (size) => "9".repeat(size),
    (size) => `0.${"0".repeat(size)}1`,
    (size) => `1e${"0".repeat(size)}`,
    (size) => `{${Array.from({ length: size / 12 }, (_, i) => `"${i + 1e6}":1`).join()}}`,
    (size) => `[${"[".repeat(size / 2)}${"]".repeat(size / 2)}]`,
    (size) => `[${" ".repeat(size)}]`,
  ];
  for (const text of texts) {
    const bytes = utf8Bytes(text(mebi));
    const start = performance.now();
    try {
      parseStrictJson(bytes, { depth: 64, bytes: 2 * mebi });
    } catch (error) {
      assert(error instanceof NotStrictJson);
    }
    // A quadratic pass over a mebibyte takes minutes; this leaves room for a slow machine.
    assert(performance.now() - start < 10_000, text(24));
  }
});

test("every way of writing a value is read as that value", () => {
  fc.assert(
    fc.property(anyValue, fc.infiniteStream(fc.nat()), (value, random) => {
      assert.equal(canonical(parse(textOf(value, random))), canonical(value));
    }),
    { numRuns: 10_000 },
  );
});

test("damaged text fares as with JSON.parse and the rules beyond it", () => {
  const bits = [
    ...'{}[]:,"\\0-1.e9 \n',
    '"a"',
    '"a":',
    "\\u00",
    "\\ud800",
    "null",
    "1e5",
    "\u00e9",
    "[[",
    "]]",
  ];
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 3 }),
    put: fc.constantFrom(...bits, "", ""),
  });
  let accepted = 0;
  fc.assert(
    fc.property(
      anyValue,
      fc.infiniteStream(fc.nat()),
      fc.array(edit, { maxLength: 3 }),
      (value, random, edits) => {
        let text = textOf(value, random);
        for (const { at, cut, put } of edits) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + put + text.slice(from + cut);
        }
        assertAsNaive(utf8Bytes(text.toWellFormed()));
        accepted += naiveJson(utf8Bytes(text)) === undefined ? 0 : 1;
      },
    ),
    { numRuns: 10_000 },
  );
  assert(accepted > 1000 && accepted < 9000, String(accepted));
});

test("damaged bytes fare as with JSON.parse and the rules beyond it", () => {
  const flip = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      anyValue,
      fc.infiniteStream(fc.nat()),
      fc.array(flip, { maxLength: 2 }),
      (value, random, flips) => {
        const bytes = utf8Bytes(textOf(value, random));
        for (const [at, byte] of flips) bytes[at % bytes.length] = byte;
        assertAsNaive(bytes);
      },
    ),
    { numRuns: 10_000 },
  );
});

function assertAsNaive(bytes: Uint8Array): void {
  const expected = naiveJson(bytes);
  if (expected === undefined) refusal(bytes);
  else assert.equal(canonical(fromJson(parseStrictJson(bytes))), canonical(expected.value));
}
