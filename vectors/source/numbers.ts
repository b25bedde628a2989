import { bare, type Fate, MALFORMED, type Source } from "./case.ts";

export const about =
  "Number tokens that survive binary64 and those that do not (SPEC 1.2), and how the former are written (SPEC 4).";

type Row = readonly [name: string, token: string, normal: string | null];

const SURVIVES = "The token's exact value is that of the shortest form of its double (SPEC 1.2).";
const LOST = "The double nearest to the token has another shortest form (SPEC 1.2).";
const APPENDIX = "A number of RFC 8785 appendix B (SPEC 1.2, 4).";
const GRAMMAR = "No number token of RFC 8259 section 6 (SPEC 1.1 rule 2).";

function rows(section: string, why: string, table: readonly Row[]): Source[] {
  return table.map(([name, token, normal]) => {
    const fate: Fate = normal === null ? MALFORMED : `{"n":${normal}}`;
    return bare(`${section}-${name}`, why, `{"n":${token}}`, fate);
  });
}

const surviving: readonly Row[] = [
  ["one-point-zero", "1.0", "1"],
  ["one-e-zero", "1e0", "1"],
  ["ten-e-minus-one", "10E-1", "1"],
  ["plus-in-exponent", "1e+2", "100"],
  ["zeros-in-exponent", "1e-0002", "0.01"],
  ["minus-zero", "-0", "0"],
  ["minus-zero-with-parts", "-0.0E-5", "0"],
  ["zero-of-great-exponent", "0e999999999", "0"],
  ["zero-of-small-exponent", "0.000e-99999999999999999999", "0"],
  ["1e23", "1e23", "1e+23"],
  ["1e23-written-out", "100000000000000000000000", "1e+23"],
  ["1e22", "1e22", "1e+22"],
  ["1e21", "1e21", "1e+21"],
  ["1e20", "1e20", "100000000000000000000"],
  ["1e-6", "1e-6", "0.000001"],
  ["1e-7", "0.0000001", "1e-7"],
  ["12e-8", "0.00000012", "1.2e-7"],
  ["2-to-53-minus-1", "9007199254740991", "9007199254740991"],
  ["2-to-53", "9007199254740992", "9007199254740992"],
  ["2-to-53-plus-2", "9007199254740994", "9007199254740994"],
  ["shortest-of-2-to-68", "295147905179352830000", "295147905179352830000"],
  ["least", "5e-324", "5e-324"],
  ["twice-the-least", "1e-323", "1e-323"],
  ["greatest-subnormal", "2.225073858507201e-308", "2.225073858507201e-308"],
  ["least-normal", "2.2250738585072014e-308", "2.2250738585072014e-308"],
  ["greatest", "1.7976931348623157e308", "1.7976931348623157e+308"],
  ["greatest-negative", "-17976931348623157e292", "-1.7976931348623157e+308"],
  ["four-hundred-zeros-taken-back", `1${"0".repeat(400)}e-400`, "1"],
  ["four-hundred-zeros-in-front", `0.${"0".repeat(400)}1e401`, "1"],
  ["trailing-zeros", `0.1${"0".repeat(400)}`, "0.1"],
  ["tenth", "0.1", "0.1"],
  ["three-tenths", "0.3", "0.3"],
  ["sum-of-tenths", "0.30000000000000004", "0.30000000000000004"],
  ["seventeen-digits", "0.10000000000000002", "0.10000000000000002"],
  ["price", "1299.99", "1299.99"],
  ["fifteen-digits", "123456789012345", "123456789012345"],
  ["sixteen-digits", "1234567890123456", "1234567890123456"],
];

const lost: readonly Row[] = [
  ["2-to-53-plus-1", "9007199254740993", null],
  ["minus-2-to-53-minus-1", "-9007199254740993", null],
  ["2-to-53-plus-1-in-parts", "9007199254740993.0", null],
  ["2-to-53-plus-1-by-exponent", "0.9007199254740993e16", null],
  ["eighteen-digits", "123456789012345678", null],
  ["exact-2-to-68", "295147905179352825856", null],
  ["exact-tenth", "0.1000000000000000055511151231257827021181583404541015625", null],
  ["almost-a-tenth", "0.1000000000000000055", null],
  ["tenth-with-a-distant-digit", `0.1${"0".repeat(400)}1`, null],
  ["one-with-a-distant-digit", `1.${"0".repeat(400)}1`, null],
  ["nines", "0.99999999999999999", null],
  ["twenty-one-nines", "999999999999999999999", null],
  ["1e400", "1e400", null],
  ["1e309", "1e309", null],
  ["minus-1e309", "-1e309", null],
  ["1e-400", "1e-400", null],
  ["huge-exponent", "1e99999999999999999999", null],
  ["tiny-exponent", "1e-99999999999999999999", null],
  ["just-above-the-greatest", "1.7976931348623158e308", null],
  ["rounds-to-infinity", "1.7976931348623159e308", null],
  ["rounds-to-zero", "2e-324", null],
  ["rounds-to-the-least", "3e-324", null],
  ["exact-least", "4.9e-324", null],
  ["below-the-greatest-subnormal", "2.2250738585072011e-308", null],
  ["rfc-8785-example", "333333333.33333329", null],
];

const appendix: readonly Row[] = [
  ["zero", "0", "0"],
  ["minus-zero", "-0", "0"],
  ["least", "5e-324", "5e-324"],
  ["least-negative", "-5e-324", "-5e-324"],
  ["greatest", "1.7976931348623157e+308", "1.7976931348623157e+308"],
  ["greatest-negative", "-1.7976931348623157e+308", "-1.7976931348623157e+308"],
  ["greatest-integer", "9007199254740992", "9007199254740992"],
  ["least-integer", "-9007199254740992", "-9007199254740992"],
  ["2-to-68", "295147905179352830000", "295147905179352830000"],
  ["below-1e23", "9.999999999999997e+22", "9.999999999999997e+22"],
  ["1e23", "1e+23", "1e+23"],
  ["above-1e23", "1.0000000000000001e+23", "1.0000000000000001e+23"],
  ["below-1e21-by-two", "999999999999999700000", "999999999999999700000"],
  ["below-1e21-by-one", "999999999999999900000", "999999999999999900000"],
  ["1e21", "1e+21", "1e+21"],
  ["below-1e-6", "9.999999999999997e-7", "9.999999999999997e-7"],
  ["1e-6", "0.000001", "0.000001"],
  ["thirds-0-2", "333333333.3333332", "333333333.3333332"],
  ["thirds-0-25", "333333333.33333325", "333333333.33333325"],
  ["thirds-0-3", "333333333.3333333", "333333333.3333333"],
  ["thirds-0-4", "333333333.3333334", "333333333.3333334"],
  ["thirds-0-43", "333333333.33333343", "333333333.33333343"],
  ["small-negative", "-0.0000033333333333333333", "-0.0000033333333333333333"],
  ["round-to-even", "1424953923781206.2", "1424953923781206.2"],
];

const ungrammatical: readonly Row[] = [
  ["leading-zero", "01", null],
  ["leading-zeros", "00", null],
  ["minus-leading-zero", "-01", null],
  ["plus", "+1", null],
  ["no-whole-part", ".5", null],
  ["no-digits-behind-the-point", "1.", null],
  ["point-then-exponent", "1.e1", null],
  ["no-exponent-digits", "1e", null],
  ["no-exponent-digits-behind-sign", "1e+", null],
  ["point-in-exponent", "1e1.5", null],
  ["minus-alone", "-", null],
  ["two-minuses", "--1", null],
  ["space-behind-minus", "- 1", null],
  ["hexadecimal", "0x10", null],
  ["octal", "0o17", null],
  ["underscore", "1_000", null],
  ["thousands-comma", "1,000", null],
  ["big-integer-suffix", "1n", null],
  ["full-width-digit", "\uff11", null],
  ["arabic-digit", "\u0661", null],
];

export const cases: readonly Source[] = [
  ...rows("number", SURVIVES, surviving),
  ...rows("number-lost", LOST, lost),
  ...rows("number-appendix-b", APPENDIX, appendix),
  ...rows("number-grammar", GRAMMAR, ungrammatical),
];
