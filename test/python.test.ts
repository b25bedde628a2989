import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { anyCase, anyValue } from "../packages/contract/src/cases.test-support.ts";
import { textOf } from "../packages/contract/src/json-text.test-support.ts";
import { canonical, type Value } from "../packages/contract/src/oracle.test-support.ts";
import type { Expected, Given, PlainObject } from "../vectors/case.ts";
import { identify } from "../vectors/identify.ts";
import { root } from "./root.ts";

/** WRIT_PYTHON_CASES says how many; a failure names the seed that WRIT_PYTHON_SEED repeats. */
const CASES = Number(process.env.WRIT_PYTHON_CASES ?? 300);
const SEED = Number(process.env.WRIT_PYTHON_SEED ?? Date.now() % 2 ** 31);

const folder = join(root, "vectors", "python");
const absent = spawnSync("python3", ["--version"]).status !== 0;
const skip: string | false = absent && "install python3 to hold Writ to vectors/python";

const plain = (value: Map<string, Value>): PlainObject => JSON.parse(canonical(value));

/** JSON text of an input, escapes and white space strewn in. */
const inputText = (value: Value): fc.Arbitrary<string> =>
  fc.infiniteStream(fc.nat()).map((random) => textOf(value, random));

const MEMBERS = ["", '"x":1,', '"x":{"input":[]},', '"category":"note",', '"input":{},'];
const CATEGORIES = [...Array<string>(20).fill("note"), "other", "Note", ""];

const enveloped = (input: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...CATEGORIES), fc.nat({ max: 19 }), fc.boolean())
    .map(([category, which, last]) => {
      const named = `"category":${JSON.stringify(category)}`;
      const more = MEMBERS[which] ?? "";
      return last ? `{${more}${named},"input": ${input} }` : `{"input":${input},${more}${named}}`;
    });

/** What turns one JSON text into another, or into none. */
const STREWN = [
  ...'{}[]:,"\\ \t\n-+.eE019ux/',
  ..."\u0000\u0085\ufeff\u212a\u{1f600}",
  ...["null", "true", "\\u0061", "\\ud83d", "\\ude00", "1e400", "0.1", '"a":1,', "[[", "]]"],
].map((text) => Buffer.from(text));

const wrong = fc.constantFrom(...STREWN, Buffer.from([0xff]), Buffer.from([0xed, 0xa0, 0x80]));

interface Edit {
  readonly at: number;
  readonly drop: number;
  readonly put: Buffer;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat({ max: 9999 }),
  drop: fc.constantFrom(0, 0, 1, 2, 5),
  put: fc.oneof({ weight: 3, arbitrary: wrong }, fc.constant(Buffer.alloc(0))),
});

function edited(bytes: Buffer, { at, drop, put }: Edit): Buffer {
  const start = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + drop)]);
}

type Received = Pick<Given, "received" | "how" | "category">;

/** An input as it may be received, now and then damaged. */
function received(input: Value): fc.Arbitrary<Received> {
  const bare = fc.record({
    how: fc.constant("bare" as const),
    text: inputText(input),
    category: fc.constantFrom(...CATEGORIES),
  });
  const envelope = fc.record({
    how: fc.constant("envelope" as const),
    text: inputText(input).chain(enveloped),
  });
  const edits = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(edit, { minLength: 1, maxLength: 3 }),
  );
  return fc.tuple(fc.oneof(bare, envelope), edits).map(([{ text, ...rest }, changes]) => {
    return { ...rest, received: changes.reduce(edited, Buffer.from(text)).toString("base64") };
  });
}

const anyGiven: fc.Arbitrary<Given> = anyCase.chain(({ schema, defs, input, host }) =>
  fc
    .oneof({ weight: 9, arbitrary: fc.constant<Value>(input) }, anyValue)
    .chain(received)
    .map((arrived) => ({
      name: "generated",
      why: "both implementations of SPEC 1 to 6",
      shapes: { note: plain(schema) },
      defs: plain(defs),
      bundle_digest: "0123456789abcdef".repeat(4),
      ...arrived,
      ...(host && { host: plain(host) }),
    })),
);

function answers(given: readonly Given[]): Expected[] {
  const input = given.map((each) => `${JSON.stringify(each)}\n`).join("");
  const run = spawnSync("python3", [join(folder, "identify.py")], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    timeout: 150_000,
  });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test(`Python identifies ${CASES} generated cases as Writ does`, { skip }, () => {
  const given = fc.sample(anyGiven, { numRuns: CASES, seed: SEED });
  const theirs = answers(given);
  assert.equal(theirs.length, given.length);
  const fates = new Map<string, number>();
  given.forEach((each, i) => {
    const ours = identify(each);
    const said = `WRIT_PYTHON_SEED=${SEED} WRIT_PYTHON_CASES=${CASES}: ${JSON.stringify(each)}`;
    assert.deepEqual(theirs[i], ours, said);
    fates.set(String(ours.refusal), (fates.get(String(ours.refusal)) ?? 0) + 1);
  });
  // A few hundred may well lack the rarest fate.
  assert(CASES < 5000 || fates.size === 6, JSON.stringify([...fates]));
});

test("Python agrees with all vectors", { skip }, () => {
  const files = globSync("vectors/*.json", { cwd: root }).map((file) => join(root, file));
  const run = spawnSync("python3", [join(folder, "check.py"), ...files], {
    encoding: "utf8",
    timeout: 150_000,
  });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /^\d{3,} passed, 0 failed$/m);
});
