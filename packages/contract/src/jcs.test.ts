import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyValue } from "./cases.test-support.ts";
import { canonicalJson, canonicalNumber, jsonFrom, NotJson } from "./jcs.ts";
import { JsonObject } from "./json.ts";
import { canonical, toJson } from "./oracle.test-support.ts";
import { parseStrictJson } from "./strict-json.ts";
import { utf8Bytes } from "./utf8.ts";

function parse(text: string): ReturnType<typeof parseStrictJson> {
  return parseStrictJson(utf8Bytes(text));
}

test("RFC 8785 §3.2.2: the example, but for a number that binary64 cannot hold", () => {
  // The RFC's 333333333.33333329 is refused as input here; its double is written as the RFC says.
  const text = `{
    "numbers": [333333333.3333333, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`;
  assert.equal(
    canonicalJson(parse(text)),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test("RFC 8785 §3.2.3: names sort by UTF-16 code unit", () => {
  const text = `{
    "\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One", "\\ud83d\\ude00": "Emoji: Grinning Face", "\\u0080": "Control",
    "\\u00f6": "Latin Small Letter O With Diaeresis"
  }`;
  assert.equal(
    canonicalJson(parse(text)),
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control",' +
      '"\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign",' +
      '"\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  );
});

test("RFC 8785 appendix B: numbers by their bits", () => {
  const numbers: [string, string][] = [
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ];
  const view = new DataView(new ArrayBuffer(8));
  for (const [bits, text] of numbers) {
    view.setBigUint64(0, BigInt(`0x${bits}`));
    assert.equal(canonicalNumber(view.getFloat64(0)), text);
    assert.equal(canonicalJson(parse(text)), text);
  }
  assert.throws(() => canonicalNumber(Number.NaN), NotJson);
  assert.throws(() => canonicalNumber(Number.POSITIVE_INFINITY), NotJson);
});

test("control characters have their one shortest escape", () => {
  const escapes = Array.from({ length: 0x20 }, (_, unit) => {
    const short = new Map([
      [8, "\\b"],
      [9, "\\t"],
      [10, "\\n"],
      [12, "\\f"],
      [13, "\\r"],
    ]);
    return short.get(unit) ?? `\\u00${unit.toString(16).padStart(2, "0")}`;
  });
  const all = Array.from({ length: 0x20 }, (_, unit) => String.fromCharCode(unit)).join("");
  assert.equal(canonicalJson(all), `"${escapes.join("")}"`);
  assert.equal(canonicalJson("\u007f\u2028\u2029</"), '"\u007f\u2028\u2029</"');
});

test("canonical JSON is read back as the same value, and written the same", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const text = canonicalJson(toJson(value));
      assert.equal(text, canonical(value));
      assert.equal(canonicalJson(parse(text)), text);
    }),
    { numRuns: 10_000 },
  );
});

test("jsonFrom takes plain values and refuses what has no JSON", () => {
  const plain = { b: [1, -0, "x", null, true], a: { 10: 1, 9: 2 }, c: new JsonObject(["z"], [1]) };
  assert.equal(
    canonicalJson(jsonFrom(plain)),
    '{"a":{"10":1,"9":2},"b":[1,0,"x",null,true],"c":{"z":1}}',
  );
  const proto: unknown = JSON.parse('{"__proto__": {"a": 1}}');
  assert.equal(canonicalJson(jsonFrom(proto)), '{"__proto__":{"a":1}}');
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const refused = [
    undefined,
    { a: undefined },
    Number.NaN,
    "\ud800",
    { "\udc00": 1 },
    1n,
    new Map(),
    () => 1,
    cycle,
  ];
  for (const value of refused) assert.throws(() => jsonFrom(value), NotJson);
  assert.throws(() => canonicalJson("\ud800"), NotJson);
  assert.throws(() => canonicalJson(Number.NaN), NotJson);
});
