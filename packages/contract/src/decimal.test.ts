import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exactDouble } from "./decimal.ts";
import { canonicalNumber } from "./jcs.ts";
import { survives } from "./naive-json.test-support.ts";

/** How many random doubles; the whole million takes a few seconds. */
const DOUBLES = Number(process.env.WRIT_TEST_DOUBLES ?? 200_000);

test("a decimal is kept if it is the shortest form of its double, as a number", () => {
  const kept: [string, number][] = [
    ["0", 0],
    ["-0", 0],
    ["-0.0e-5", 0],
    ["0e999999999", 0],
    ["0.000e-99999999999999999999", 0],
    ["1.0", 1],
    ["1e0", 1],
    ["10E-1", 1],
    ["0.1e+1", 1],
    ["100", 100],
    ["1.50", 1.5],
    ["-12.25e2", -1225],
    ["9007199254740992", 2 ** 53],
    ["9007199254740994", 2 ** 53 + 2],
    ["1e23", 1e23],
    ["100000000000000000000000", 1e23],
    ["1.7976931348623157e308", Number.MAX_VALUE],
    ["5e-324", 5e-324],
    ["0.0000000000000000000005e-302", 5e-324],
    ["0.1", 0.1],
    ["0.3", 0.3],
    ["1e0000000000000000000000000000000000002", 100],
    [`1${"0".repeat(400)}e-400`, 1],
    [`0.${"0".repeat(400)}1e401`, 1],
  ];
  for (const [token, value] of kept) {
    assert.equal(Object.is(exactDouble(token), value), true, token);
  }
  assert.equal(exactDouble("333333333.33333329"), undefined);
});

test("a decimal that binary64 cannot hold is refused", () => {
  const refused = [
    "9007199254740993",
    "-9007199254740993",
    "1e400",
    "-1e400",
    "1e99999999999999999999",
    "0.1000000000000000055",
    "0.10000000000000000555",
    "1e-400",
    "1e-99999999999999999999",
    "4.9e-324",
    "4.9406564584124654e-324",
    "2e-324",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "123456789012345678",
    "99999999999999999999999",
    "0.30000000000000000001",
    `1${"0".repeat(30)}1`,
  ];
  for (const token of refused) assert.equal(exactDouble(token), undefined, token);
});

/** ECMAScript's Number::toString, from the fewest digits that come back to the same double. */
function shortest(value: number): string {
  const [, sign = "", lead = "", rest = "", power = "0"] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(fewestDigits(value)) ?? [];
  const digits = `${lead}${rest}`.replace(/0+$/, "");
  const n = Number(power) + 1;
  const k = digits.length;
  if (k <= n && n <= 21) return sign + digits + "0".repeat(n - k);
  if (0 < n && n <= 21) return `${sign}${digits.slice(0, n)}.${digits.slice(n)}`;
  if (-6 < n && n <= 0) return `${sign}0.${"0".repeat(-n)}${digits}`;
  const mantissa = k === 1 ? digits : `${digits.slice(0, 1)}.${digits.slice(1)}`;
  return `${sign}${mantissa}e${n > 0 ? "+" : "-"}${Math.abs(n - 1)}`;
}

function fewestDigits(value: number): string {
  for (const digits of [14, 15, 16]) {
    const text = value.toExponential(digits);
    if (Number(text) === value) return evenOfTwo(text, value, digits);
  }
  return assert.fail(`no 17 digits make ${value}`);
}

/** Where the double is half way between two decimals, toExponential rounds up, ours to even. */
function evenOfTwo(text: string, value: number, digits: number): string {
  const lower = text.replace(/[13579](?=e)/, (digit) => String(Number(digit) - 1));
  if (lower === text || Number(lower) !== value) return text;
  const exact = value.toExponential(100);
  const start = exact.indexOf(".") + 1 + digits;
  const tie = /^50*e/.test(exact.slice(start));
  return tie && exact.slice(0, start) === lower.slice(0, lower.indexOf("e")) ? lower : text;
}

test("random doubles are written and read as another way of computing says", () => {
  const words = new Uint32Array(2);
  const doubles = new Float64Array(words.buffer);
  let [low, high, seen] = [0x7f4a7c15, 0x9e3779b9, 0];
  while (seen < DOUBLES) {
    // xorshift on two halves: fast, repeatable, and spread over all exponents.
    low ^= low << 13;
    low ^= low >>> 17;
    low ^= low << 5;
    high ^= high << 7;
    high ^= high >>> 9;
    high ^= high << 8;
    words[0] = low;
    words[1] = high;
    const value = doubles[0] ?? 0;
    if (!Number.isFinite(value) || Math.abs(value) < 2.3e-308) continue;
    seen++;
    const text = canonicalNumber(value);
    if (text !== shortest(value)) assert.fail(`${text} is not ${shortest(value)}`);
    if (exactDouble(text) !== value) assert.fail(text);
    const longer = value.toExponential(seen % 21);
    const kept = exactDouble(longer);
    const other = Number(longer);
    if ((kept !== undefined) !== survives(longer, other)) assert.fail(longer);
  }
});

test("the number rule agrees with fractions of integers on arbitrary decimals", () => {
  const digits = (max: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: max });
  const token = fc
    .tuple(
      fc.boolean(),
      digits(22),
      fc.option(digits(22)),
      fc.option(fc.integer({ min: -340, max: 320 })),
    )
    .map(([minus, whole, part, power]) => {
      const integer = whole.replace(/^0+(?=\d)/, "");
      return `${minus ? "-" : ""}${integer}${part === null ? "" : `.${part}`}${power === null ? "" : `e${power}`}`;
    });
  fc.assert(
    fc.property(token, (text) => {
      const value = exactDouble(text);
      assert.equal(value !== undefined, survives(text, Number(text)));
      if (value !== undefined) assert.equal(value, Number(text) === 0 ? 0 : Number(text));
    }),
    { numRuns: 10_000 },
  );
});
