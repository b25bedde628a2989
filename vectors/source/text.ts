import { bare, named, type Source } from "./case.ts";

export const about =
  "Normal text (SPEC 3): White_Space at both ends, and the simple lowercase mapping of Unicode 16.0.0.";

const hex = (codePoint: number): string => String.fromCodePoint(codePoint);
const quoted = (text: string): string => JSON.stringify(text);

function text(name: string, why: string, received: string, normal: string): Source {
  return bare(`text-${name}`, why, `{"a":${quoted(received)}}`, `{"a":${quoted(normal)}}`);
}

const WHITE_SPACE: readonly number[] = [
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004,
  0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
];

const LOOK_ALIKES: readonly number[] = [
  0x00, 0x08, 0x0e, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x7f, 0x84, 0x86, 0xad, 0x034f, 0x115f, 0x167f,
  0x1681, 0x180e, 0x1fff, 0x200b, 0x200c, 0x200d, 0x200e, 0x2027, 0x202a, 0x202e, 0x2030, 0x205e,
  0x2060, 0x2061, 0x2063, 0x2800, 0x2fff, 0x3001, 0x3164, 0xfeff, 0xffa0, 0xe0020,
];

const trimmed: readonly Source[] = [
  ...WHITE_SPACE.map((point) => {
    const space = hex(point);
    const why = "A White_Space code point goes from both ends and stays inside (SPEC 3 step 1).";
    return text(`trims-${named(point)}`, why, `${space}a${space}b${space}${space}`, `a${space}b`);
  }),
  ...LOOK_ALIKES.map((point) => {
    const why = "Not White_Space in Unicode 16.0.0, so not trimmed (SPEC 3 step 1).";
    const kept = `${hex(point)}a${hex(point)}`;
    return text(`keeps-${named(point)}`, why, kept, kept);
  }),
  text(
    "trims-to-nothing",
    "What is all white space becomes the empty text (SPEC 3 step 1).",
    " \t\u3000\u0085",
    "",
  ),
  text("empty", "The empty text is its own normal text (SPEC 3).", "", ""),
  text(
    "trims-a-mixture",
    "All white space at an end goes, not one code point (SPEC 3 step 1).",
    "\u2003\r\n\u00a0x\u2029 \u205f",
    "x",
  ),
  text(
    "stops-at-a-look-alike",
    "Trimming ends at the first that is not White_Space (SPEC 3 step 1).",
    " \ufeff x \u200b ",
    "\ufeff x \u200b",
  ),
];

type Mapping = readonly [name: string, from: string, to: string, why?: string];

const SIMPLE = "Simple_Lowercase_Mapping, one code point to one code point (SPEC 3 step 2).";
const NONE = "It has no Simple_Lowercase_Mapping and stays itself (SPEC 3 step 2).";
const NEW = "Unicode 16.0 added this mapping (SPEC 3 step 2).";
const LATER =
  "Assigned after Unicode 16.0, so it stays itself whatever the platform knows (SPEC 3 step 2).";
const NO_FORMS = "No normalization form, compatibility mapping or case folding (SPEC 3 step 2).";

const mappings: readonly Mapping[] = [
  ["ascii", "@AMZ[`az{09", "@amz[`az{09"],
  ["latin-1", "\u00c0\u00d6\u00d8\u00de", "\u00e0\u00f6\u00f8\u00fe"],
  ["multiplication-sign", "\u00d7", "\u00d7", NONE],
  ["sharp-s", "STRA\u00dfE", "stra\u00dfe", NONE],
  ["capital-sharp-s", "\u1e9e", "\u00df"],
  [
    "dotted-capital-i",
    "\u0130I",
    "ii",
    "U+0130 gives U+0069 and nothing behind it (SPEC 3 step 2).",
  ],
  ["dotless-i", "\u0131", "\u0131", NONE],
  ["sigma", "\u03a3\u03a3", "\u03c3\u03c3"],
  [
    "sigma-at-the-end",
    "\u039f\u0394\u039f\u03a3",
    "\u03bf\u03b4\u03bf\u03c3",
    "No final-sigma rule (SPEC 3 step 2).",
  ],
  ["final-sigma", "\u03c2", "\u03c2", NONE],
  ["digraph-capital", "\u01c4\u01c7\u01ca\u01f1", "\u01c6\u01c9\u01cc\u01f3"],
  ["digraph-titlecase", "\u01c5\u01c8\u01cb\u01f2", "\u01c6\u01c9\u01cc\u01f3"],
  [
    "greek-titlecase",
    "\u1f88\u1f98\u1fa8\u1fbc\u1fcc\u1ffc",
    "\u1f80\u1f90\u1fa0\u1fb3\u1fc3\u1ff3",
  ],
  ["theta-symbol", "\u03f4", "\u03b8"],
  ["ohm-sign", "\u2126", "\u03c9"],
  ["kelvin-sign", "\u212a", "k"],
  ["angstrom-sign", "\u212b", "\u00e5"],
  ["cyrillic", "\u0416\u0401\u04c0", "\u0436\u0451\u04cf"],
  ["cyrillic-small-unblended", "\u1c88", "\u1c88", NONE],
  ["armenian", "\u0531\u0556", "\u0561\u0586"],
  ["georgian-asomtavruli", "\u10a0\u10c5", "\u2d00\u2d25"],
  ["georgian-mtavruli", "\u1c90\u1cbf", "\u10d0\u10ff"],
  ["georgian-mkhedruli", "\u10d0", "\u10d0", NONE],
  ["cherokee", "\u13a0\u13ef", "\uab70\uabbf"],
  ["cherokee-last", "\u13f0\u13f5", "\u13f8\u13fd"],
  ["cherokee-small", "\uab70\u13f8", "\uab70\u13f8", NONE],
  ["coptic-and-glagolitic", "\u2c80\u2c2f", "\u2c81\u2c5f"],
  ["roman-numeral", "\u2160\u216f", "\u2170\u217f"],
  ["circled-letter", "\u24b6\u24cf", "\u24d0\u24e9"],
  ["full-width", "\uff21\uff3a", "\uff41\uff5a"],
  ["latin-extended-d", "\ua7ae\ua7c5\ua7c0", "\u026a\u0282\ua7c1"],
  ["deseret", "\u{10400}\u{10427}", "\u{10428}\u{1044f}"],
  ["osage", "\u{104b0}", "\u{104d8}"],
  ["vithkuqi", "\u{10570}", "\u{10597}"],
  ["old-hungarian", "\u{10c80}", "\u{10cc0}"],
  ["warang-citi", "\u{118a0}", "\u{118c0}"],
  ["medefaidrin", "\u{16e40}", "\u{16e60}"],
  ["adlam", "\u{1e900}\u{1e921}", "\u{1e922}\u{1e943}"],
  ["garay", "\u{10d50}\u{10d65}", "\u{10d70}\u{10d85}", NEW],
  ["cyrillic-tje", "\u1c89", "\u1c8a", NEW],
  ["rams-horn", "\ua7cb", "\u0264", NEW],
  ["latin-s-with-diagonal-stroke", "\ua7cc", "\ua7cd", NEW],
  ["latin-lambda", "\ua7da\ua7dc", "\ua7db\u019b", NEW],
  ["unicode-17-ua7ce", "\ua7ce", "\ua7ce", LATER],
  ["unicode-17-ua7d2", "\ua7d2", "\ua7d2", LATER],
  ["unicode-17-ua7d4", "\ua7d4", "\ua7d4", LATER],
  ["unicode-17-beria-erfe-first", "\u{16ea0}", "\u{16ea0}", LATER],
  ["unicode-17-beria-erfe-last", "\u{16eb8}", "\u{16eb8}", LATER],
  ["unassigned", "\u0378\u{10d66}", "\u0378\u{10d66}", NONE],
  ["private-use", "\ue000\u{10ffff}", "\ue000\u{10ffff}", NONE],
  ["mathematical-bold", "\u{1d400}", "\u{1d400}", NONE],
  ["combining-iota", "\u0345", "\u0345", NONE],
  ["n-with-apostrophe", "\u0149", "\u0149", NONE],
  ["ligature", "\ufb01", "\ufb01", NO_FORMS],
  ["composed", "\u00c9", "\u00e9", NO_FORMS],
  ["decomposed", "E\u0301", "e\u0301", NO_FORMS],
  ["hangul-jamo", "\u1100\u1161", "\u1100\u1161", NO_FORMS],
  ["variation-selector", "A\ufe0f", "a\ufe0f", NO_FORMS],
  ["emoji-sequence", "\u{1f468}\u200d\u{1f469}", "\u{1f468}\u200d\u{1f469}", NO_FORMS],
];

export const cases: readonly Source[] = [
  ...trimmed,
  ...mappings.map(([name, from, to, why]) => text(`lower-${name}`, why ?? SIMPLE, from, to)),
  bare(
    "text-names-stay",
    "Names are neither trimmed nor lowercased, at any depth (SPEC 3, 4).",
    '{" A ":{"\u0130":" A "}}',
    '{" A ":{"\u0130":"a"}}',
  ),
  bare(
    "text-at-every-depth",
    "Every string value is normalized, at every depth (SPEC 5.3).",
    '{"a":[" X",[{"b":["Y "]}]]}',
    '{"a":["x",[{"b":["y"]}]]}',
  ),
  bare(
    "text-escaped-space",
    "Escapes are resolved before anything is trimmed (SPEC 1.1, 3).",
    '{"a":"\\u00a0\\tX\\u2003\\n"}',
    '{"a":"x"}',
  ),
];
