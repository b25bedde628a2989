import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { optional, readArguments, repeated, required, UsageError, type Verb } from "./verb.ts";

const VERB: Verb = {
  help: "",
  options: {
    key: { type: "string" },
    near: { type: "string", default: "here" },
    sign: { type: "string", multiple: true },
    json: { type: "boolean" },
  },
  words: [1, 2],
  run: () => Promise.resolve(0),
};

test("flags and words are told apart, in any order", () => {
  for (const argv of [
    ["a", "--key", "k", "--json", "b"],
    ["--key=k", "a", "b", "--json"],
    ["--json", "--key", "k", "--", "a", "b"],
  ]) {
    const { flags, words } = readArguments(VERB, argv);
    assert.deepEqual({ ...flags }, { key: "k", json: true, near: "here" });
    assert.deepEqual(words, ["a", "b"]);
  }
  assert.deepEqual(readArguments(VERB, ["--", "--json"]).words, ["--json"]);
});

test("a flag is read as what it is", () => {
  const args = readArguments(VERB, ["a", "--sign", "x", "--sign=y", "--near", "", "--json"]);
  assert.equal(optional(args, "key"), undefined);
  assert.throws(() => required(args, "key"), { message: "--key is missing" });
  assert.throws(() => required(args, "near"), { message: "--near is missing" });
  assert.throws(() => required(args, "json"), UsageError);
  assert.equal(required(readArguments(VERB, ["a", "--key", "k"]), "key"), "k");
  assert.deepEqual(repeated(args, "sign"), ["x", "y"]);
  assert.deepEqual(repeated(args, "near"), []);
});

const MISUSED: Readonly<Record<string, readonly [argv: readonly string[], line: string]>> = {
  "too few words": [[], "an argument is missing"],
  "too many words": [["a", "b", "c", "d"], "unexpected argument c"],
  "an unknown flag": [["a", "--nope"], "unknown option '--nope'"],
  "an unknown short flag": [["a", "-x"], "unknown option '-x'"],
  "a flag without its value": [["a", "--key"], "option '--key <value>' argument missing"],
  "a flag that another one follows": [
    ["a", "--key", "--json"],
    "option '--key' argument is ambiguous",
  ],
  "a switch with a value": [["a", "--json=yes"], "option '--json' does not take an argument"],
  "a switch that is denied": [["a", "--no-json"], "unknown option '--no-json'"],
};

for (const [name, [argv, line]] of Object.entries(MISUSED)) {
  test(`${name} is said in one line`, () => {
    assert.throws(
      () => readArguments(VERB, argv),
      (error) => error instanceof UsageError && error.message === line,
    );
  });
}

test("whatever is asked, it is read or refused in one line", () => {
  const word = fc.oneof(
    fc.constantFrom("--key", "--json", "--near", "--sign", "-", "--", "-k", "--json=1", "--no-key"),
    fc.string({ unit: "grapheme-ascii" }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
      try {
        const { words } = readArguments(VERB, argv);
        assert.ok(words.length >= 1 && words.length <= 2);
      } catch (error) {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, /^[^A-Z\n][^\n]*$/);
      }
    }),
  );
});
