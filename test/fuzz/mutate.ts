import type { Random } from "./random.ts";
import { fitting, type Plain, SHAPES, TEXTS } from "./shapes.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const MAX_BYTES = 4096;

/** Pieces of JSON text, right and wrong. */
const PIECES: readonly string[] = [
  ...'{ } [ ] , : " \\ null true false - 0 1 1.0 -0 1e5 1E+2 1e400 5e-324 4.9e-324 01 .5 + \\u0041'.split(
    " ",
  ),
  ...'\\ud83d\\ude00 \\ud800 \\u00e9 \\n \\/ \\x "" "a":1, "a": {} [] {"a":{}} [[]] "input" "category" "host"'.split(
    " ",
  ),
  ..."9007199254740993 9007199254740991 123456789012345678 0.1 0.30000000000000004 100000000000000000000".split(
    " ",
  ),
  ...[" ", "\t", "\n", "\u0000", "\u001f", "\u007f", "\u0085", "\u2028", "\ufeff", "é", "İ", "😀"],
  ...TEXTS.map((text) => JSON.stringify(text)),
];

/** Bytes that no UTF-8 has, or only in company. */
const BYTES: readonly number[] = [
  0x00, 0x1f, 0x22, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0xff,
];

/** An envelope of an input that mostly fits its category's shape. */
export function freshEnvelope(random: Random): Uint8Array {
  const category = random.pick(Object.keys(SHAPES));
  const input = fitting(SHAPES[category], random);
  const members: [string, Plain][] = [
    ["category", category],
    ["input", input],
  ];
  if (random.once(8)) members.push(["case", random.pick(TEXTS)]);
  if (random.once(4)) members.reverse();
  return encoder.encode(JSON.stringify(Object.fromEntries(members), null, random.once(6) ? 1 : 0));
}

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

function spliced(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  const made = new Uint8Array(bytes.length - (to - from) + by.length);
  made.set(bytes.subarray(0, from));
  made.set(by, from);
  made.set(bytes.subarray(to), from + by.length);
  return made;
}

/** A range of the bytes, short more often than long. */
function range(bytes: Uint8Array, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length + 1);
  const most = random.pick([1, 4, 16, 64, bytes.length]);
  return [from, Math.min(bytes.length, from + random.below(most + 1))];
}

/** A JSON string, scalar or whole container of the text, by its units. */
function valueRange(text: string, random: Random): [from: number, to: number] {
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s[\]{}:,"]+/g)];
  if (tokens.length === 0) return [0, text.length];
  const start = random.below(tokens.length);
  let open = 0;
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at];
    const word = token?.[0] ?? "";
    if (word === "{" || word === "[") open++;
    if (word === "}" || word === "]") open--;
    if (open <= 0) return [tokens[start]?.index ?? 0, (token?.index ?? 0) + word.length];
  }
  return [tokens[start]?.index ?? 0, text.length];
}

function onValue(by: (value: string, random: Random) => string): Mutation {
  return (bytes, random) => {
    const text = decoder.decode(bytes);
    const [from, to] = valueRange(text, random);
    return encoder.encode(text.slice(0, from) + by(text.slice(from, to), random) + text.slice(to));
  };
}

function newValue(random: Random): string {
  return JSON.stringify(fitting(undefined, random, 3));
}

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
    return flipped;
  },
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return spliced(
      bytes,
      at,
      Math.min(at + random.below(2), bytes.length),
      Uint8Array.of(random.pick(BYTES)),
    );
  },
  (bytes, random) => spliced(bytes, ...range(bytes, random), new Uint8Array()),
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return spliced(bytes, at, at, bytes.subarray(...range(bytes, random)));
  },
  (bytes, random, other) =>
    spliced(bytes, ...range(bytes, random), other.subarray(...range(other, random))),
  (bytes, random) => spliced(bytes, ...range(bytes, random), encoder.encode(random.pick(PIECES))),
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return spliced(bytes, at, at, encoder.encode(random.pick(PIECES)));
  },
  onValue((_, random) => random.pick(PIECES)),
  onValue((_, random) => newValue(random)),
  onValue((value) => `${value},${value}`),
  onValue((value, random) => `${value},${newValue(random)}:${newValue(random)}`),
  onValue((value, random) => `${newValue(random)}:${value}`),
  onValue((value, random) => {
    const times = random.pick([1, 2, 62, 63, 64, 65, 300]);
    return random.once(2)
      ? "[".repeat(times) + value + "]".repeat(times)
      : '{"a":'.repeat(times) + value + "}".repeat(times);
  }),
  onValue((value) => (value.startsWith('"') ? value.toUpperCase() : ` ${value}\t`)),
  onValue((value, random) =>
    value.replace(/"/g, (quote) =>
      random.once(3) ? `"${random.pick([" ", "\u00a0", "\\t"])}` : quote,
    ),
  ),
  onValue((value) =>
    value.replace(/[a-z]/, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`),
  ),
];

/** The bytes with one to a few mutations. */
export function mutated(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let made = bytes;
  do made = random.pick(MUTATIONS)(made, random, other);
  while (!random.once(3));
  return made.length > MAX_BYTES ? made.slice(0, MAX_BYTES) : made;
}
