import { bare, type Source } from "./case.ts";

export const about =
  "Canonical JSON (SPEC 4, RFC 8785): the order of names, escapes, and no white space.";

const ORDER = "Names stand in UTF-16 order, a prefix first (SPEC 4).";
const ESCAPES = "The fewest escapes, control characters in lowercase hex (SPEC 4).";

/** U+0000 to U+001F as canonical JSON writes them between other characters. */
const CONTROLS: readonly string[] = [
  ..."\\u0000 \\u0001 \\u0002 \\u0003 \\u0004 \\u0005 \\u0006 \\u0007 \\b \\t \\n \\u000b \\f \\r".split(
    " ",
  ),
  ..."\\u000e \\u000f \\u0010 \\u0011 \\u0012 \\u0013 \\u0014 \\u0015 \\u0016 \\u0017".split(" "),
  ..."\\u0018 \\u0019 \\u001a \\u001b \\u001c \\u001d \\u001e \\u001f".split(" "),
];

type Row = readonly [name: string, why: string, received: string, form: string];

const rows: readonly Row[] = [
  ["order-of-names", ORDER, '{"b":1,"a":2,"B":3,"_":4}', '{"B":3,"_":4,"a":2,"b":1}'],
  ["order-integer-like", ORDER, '{"9":1,"10":2,"1":3,"a":4}', '{"1":3,"10":2,"9":1,"a":4}'],
  [
    "order-negative-and-decimal",
    ORDER,
    '{"1":1,"-1":2,"1.5":3,"01":4}',
    '{"-1":2,"01":4,"1":1,"1.5":3}',
  ],
  ["order-proto", ORDER, '{"a":1,"__proto__":2,"Z":3}', '{"Z":3,"__proto__":2,"a":1}'],
  ["order-prefix", ORDER, '{"aa":1,"a":2,"a\\u0000":3,"":4}', '{"":4,"a":2,"a\\u0000":3,"aa":1}'],
  [
    "order-utf-16-not-code-points",
    "U+1F600 is D83D DE00 in UTF-16 and so stands before U+FB33 (SPEC 4).",
    '{"\ufb33":1,"\u{1f600}":2}',
    '{"\u{1f600}":2,"\ufb33":1}',
  ],
  [
    "order-around-surrogates",
    ORDER,
    '{"\uffff":1,"\ue000":2,"\u{10ffff}":3,"\u{10000}":4,"\ud7ff":5}',
    '{"\ud7ff":5,"\u{10000}":4,"\u{10ffff}":3,"\ue000":2,"\uffff":1}',
  ],
  ["order-second-unit", ORDER, '{"\u{1f601}":1,"\u{1f600}":2}', '{"\u{1f600}":2,"\u{1f601}":1}'],
  ["order-no-collation", ORDER, '{"\u00e9":1,"f":2,"e":3,"E":4}', '{"E":4,"e":3,"f":2,"\u00e9":1}'],
  [
    "order-by-text-not-by-escape",
    "Names are compared without their escapes (SPEC 4).",
    '{"\\"":1,"!":2,"#":3,"\\\\":4,"[":5,"]":6}',
    '{"!":2,"\\"":1,"#":3,"[":5,"\\\\":4,"]":6}',
  ],
  [
    "order-control-first",
    "Names are compared without their escapes (SPEC 4).",
    '{" ":1,"\\n":2,"\\u0000":3}',
    '{"\\u0000":3,"\\n":2," ":1}',
  ],
  [
    "order-rfc-8785",
    "The example of RFC 8785 section 3.2.3 (SPEC 4).",
    '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
    '{"\\r":"carriage return","1":"one","\u0080":"control","\u00f6":"latin small letter o with diaeresis","\u20ac":"euro sign","\u{1f600}":"emoji: grinning face","\ufb33":"hebrew letter dalet with dagesh"}',
  ],
  [
    "order-at-every-depth",
    ORDER,
    '{"b":[{"d":1,"c":2}],"a":{"f":3,"e":4}}',
    '{"a":{"e":4,"f":3},"b":[{"c":2,"d":1}]}',
  ],
  [
    "arrays-keep-order",
    "The order of an array is kept (SPEC 5.3).",
    '{"a":[3,1,2,"b","A"]}',
    '{"a":[3,1,2,"b","a"]}',
  ],
  [
    "no-white-space",
    "No white space between tokens (SPEC 4).",
    '{ "a" : [ 1 , { "b" : null } ] }',
    '{"a":[1,{"b":null}]}',
  ],
  ["empty-object", "The empty object is an input (SPEC 4).", "{}", "{}"],
  [
    "short-escapes",
    ESCAPES,
    '{"a":"|\\u0008\\u0009\\u000a\\u000c\\u000d\\u0022\\u005c|"}',
    '{"a":"|\\b\\t\\n\\f\\r\\"\\\\|"}',
  ],
  ["all-controls", ESCAPES, `{"a":"|${CONTROLS.join("")}|"}`, `{"a":"|${CONTROLS.join("")}|"}`],
  ["controls-from-capitals", ESCAPES, '{"a":"|\\u001F\\u000B|"}', '{"a":"|\\u001f\\u000b|"}'],
  ["unescaped-slash", ESCAPES, '{"a":"\\/"}', '{"a":"/"}'],
  [
    "unescaped-delete-and-c1",
    ESCAPES,
    '{"a":"|\\u007f\\u0080\\u009f|"}',
    '{"a":"|\u007f\u0080\u009f|"}',
  ],
  ["unescaped-separators", ESCAPES, '{"a":"|\\u2028\\u2029|"}', '{"a":"|\u2028\u2029|"}'],
  ["unescaped-html", ESCAPES, '{"a":"\\u003c\\u003e\\u0026\\u0027"}', '{"a":"<>&\'"}'],
  [
    "unescaped-beyond-ascii",
    ESCAPES,
    '{"a":"\\u20ac\\ud83d\\ude00\\ufffe"}',
    '{"a":"\u20ac\u{1f600}\ufffe"}',
  ],
  ["escapes-in-names", ESCAPES, '{"\\u0022\\u005c\\u002f\\u0007":1}', '{"\\"\\\\/\\u0007":1}'],
  [
    "rfc-8785-example",
    "The example of RFC 8785 section 3.2.2, but for the number that binary64 does not keep (SPEC 4).",
    '{"numbers":[333333333.3333333,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\na\'b\\"\\\\\\\\\\"/"}',
  ],
];

export const cases: readonly Source[] = rows.map(([name, why, received, form]) =>
  bare(`canonical-${name}`, why, received, form),
);
