/** Random texts near to what some rule tells apart. */
import fc from "fast-check";

export const TRANSIENT: readonly string[] = [
  "2024-05-20t10:00:00z",
  "2024-02-30 23:59:60.123+23:59",
  "123e4567-e89b-12d3-a456-426614174000",
];

const WORDS = [
  ...TRANSIENT,
  "",
  "abc",
  "it's",
  'quo"te',
  "back\\slash",
  "tab\tin",
  "\u0000",
  "\u001c",
  "\ufeff",
  "\u180e",
  "\u212a",
  "\u0130",
  "\u03a3",
  "stra\u00dfe",
  "\u1e9e",
  "\ua7ce",
  "\u{16ea0}",
  "\u{10400}",
  "\u{1f600}",
  "e\u0301",
  "2024-05-20",
  "2024-05-20t24:00:00z",
  "2024-05-20t10:00:00",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "123e4567e89b12d3a456426614174000",
  "3.0.0+ab",
];

const SPACES = ["", " ", "\t", "\n\r", "\u0085", "\u00a0", "\u2003\u3000", "\u1680"];

const space: fc.Arbitrary<string> = fc.constantFrom(...SPACES);

/** The same text to step 2: padded, and some ASCII letters capital. */
export function decorated(text: string): fc.Arbitrary<string> {
  return fc.tuple(space, fc.nat({ max: 3 }), space).map(([before, capitals, after]) => {
    const raised = capitals === 0 ? text.replace(/[a-z]/g, (letter) => letter.toUpperCase()) : text;
    return before + raised + after;
  });
}

/** Any code points but surrogates; `fc.string` of them takes more than a second to set up. */
export const codePoints: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.nat({ max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff })), {
    maxLength: 4,
  })
  .map((points) => String.fromCodePoint(...points));

const word: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...WORDS),
  codePoints,
  fc.string({ maxLength: 12 }),
);

export const anyText: fc.Arbitrary<string> = word.chain(decorated);
