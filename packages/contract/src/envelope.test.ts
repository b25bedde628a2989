import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { bareInput, openEnvelope, type Received } from "./envelope.ts";
import { canonicalJson } from "./jcs.ts";
import { naiveJson } from "./naive-json.test-support.ts";
import { canonical, type Value } from "./oracle.test-support.ts";
import { utf8Bytes } from "./utf8.ts";

/** The form a test can compare: the input's canonical text, or the digest. */
function shown(received: Received): string {
  const what =
    "input" in received ? canonicalJson(received.input) : `sha256 ${received.refusedDigest}`;
  return `${received.category} ${what}`;
}

function open(text: string): string {
  return shown(openEnvelope(utf8Bytes(text)));
}

function digest(named: string | Uint8Array): string {
  return `sha256 ${createHash("sha256").update(named).digest("hex")}`;
}

test("an envelope gives its category and its input; further members are ignored", () => {
  assert.equal(open('{"category":"tool_call","input":{"b":1,"a":[]}}'), 'tool_call {"a":[],"b":1}');
  assert.equal(open(' {"x":[{}],"input":{},"case":"1","category":"a"}\n'), "a {}");
  assert.equal(open('{"inpu\\u0074":{},"c\\u0061tegory":"a_b"}'), "a_b {}");
});

test("a category that breaks its grammar is unrecognized", () => {
  const long = "a".repeat(64);
  assert.equal(open(`{"category":"${long}","input":{}}`), `${long} {}`);
  const broken = [
    '"A"',
    '"a1"',
    '" a"',
    '"a "',
    '"_a"',
    '""',
    '"a-b"',
    `"${long}a"`,
    '"a\\n"',
    "1",
    "null",
    '["a"]',
  ];
  for (const category of broken) {
    assert.equal(open(`{"category":${category},"input":{}}`), "unrecognized {}", category);
  }
  assert.equal(open('{"input":{}}'), "unrecognized {}");
});

test("what is no envelope is named by all its bytes", () => {
  const texts = [
    "",
    "x",
    "[]",
    "null",
    '"{}"',
    "{}",
    '{"category":"a","input":{}',
    '{"category":"a","input":{}} x',
    '{"category":"a","category":"a","input":{}}',
    '{"category":"a","input":{"a":1,"a":1}}',
    '{"category":"a","input":{"a":1e400}}',
    '{"category":"a","input":{},"x":"\\ud800"}',
    `{"category":"a","input":{},"x":${"[".repeat(65)}${"]".repeat(65)}}`,
    '{"category":"a","input":[[{"a":1,"\\u0061":1}]]}',
  ];
  for (const text of texts) assert.equal(open(text), `unrecognized ${digest(text)}`, text);
  const bytes = Uint8Array.from([
    ...utf8Bytes('{"category":"a","input":{"a":"'),
    0xff,
    0x22,
    0x7d,
    0x7d,
  ]);
  assert.equal(shown(openEnvelope(bytes)), `unrecognized ${digest(bytes)}`);
});

test("an envelope without input keeps its category", () => {
  assert.equal(open('{"category":"a"}'), `a ${digest('{"category":"a"}')}`);
});

test("an input that is no object is named by its own bytes, in any wrapping", () => {
  for (const input of ["[]", "null", '"x"', "1.50", "true", '[ 1,\t"\u00e9" ]']) {
    assert.equal(open(`{"category":"a","input": ${input} }`), `a ${digest(input)}`);
    assert.equal(open(`{"input":${input},"category":"a"}`), `a ${digest(input)}`);
    assert.equal(shown(bareInput(utf8Bytes(`\n${input} `), "a")), `a ${digest(input)}`);
  }
});

test("the limits are counted from the input value", () => {
  const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  assert.equal(open(`{"category":"a","input":${nested(64)}}`), `a ${nested(64)}`);
  for (const depth of [65, 66, 100_000]) {
    assert.equal(open(`{"category":"a","input":${nested(depth)}}`), `a ${digest(nested(depth))}`);
  }
  assert.equal(open(`{"input":{},"x":${nested(64)},"category":"a"}`), "a {}");
  const sized = (bytes: number): string => `{"a":"${"\u00e9".repeat((bytes - 8) / 2)}"}`;
  const mebi = 1 << 20;
  assert.equal(open(`{"category":"a","input":  ${sized(mebi)}  }`), `a ${sized(mebi)}`);
  const large = sized(mebi + 2);
  assert.equal(open(`{"category":"a","input":${large}}`), `a ${digest(large)}`);
  assert.equal(open(`{"category":"a","input":{},"x":${large}}`), "a {}");
});

test("a bare input is the value itself", () => {
  assert.equal(shown(bareInput(utf8Bytes(' {"input":1} '), "a")), 'a {"input":1}');
  assert.equal(shown(bareInput(utf8Bytes("{}"), "A")), "unrecognized {}");
  assert.equal(shown(bareInput(utf8Bytes("{} x"), "a")), `a ${digest("{} x")}`);
});

test("any bytes are received as the rules say, and none throws", () => {
  const word = fc.constantFrom(
    ..."{}[],:1 x",
    '"a"',
    '"input"',
    '"category"',
    '"input":',
    '"category":',
    "{}",
    "null",
    '"\\ud800"',
    "[[",
  );
  const text = fc.array(word, { maxLength: 9 }).map((words) => words.join(""));
  const wrapped = fc.tuple(text, text).map(([a, b]) => `{"category":${a},"input":${b}}`);
  fc.assert(
    fc.property(fc.oneof(text, wrapped, fc.uint8Array({ maxLength: 30 })), (made) => {
      const bytes = typeof made === "string" ? utf8Bytes(made) : made;
      assert.equal(shown(openEnvelope(bytes)), expected(bytes));
    }),
    { numRuns: 10_000 },
  );
});

function expected(bytes: Uint8Array): string {
  const envelope: Value | undefined = naiveJson(bytes)?.value;
  if (!(envelope instanceof Map)) return `unrecognized ${digest(bytes)}`;
  const named = envelope.get("category");
  const fits = typeof named === "string" && /^[a-z][a-z_]{0,63}$/.test(named);
  const category = fits ? named : "unrecognized";
  const input = envelope.get("input");
  if (input === undefined) return `${category} ${digest(bytes)}`;
  if (input instanceof Map) return `${category} ${canonical(input)}`;
  // Without white space around it or escapes in it, a value's bytes are found by its text.
  const text = Buffer.from(bytes).toString();
  const value =
    /"input"\s*:\s*(.*?)\s*(?:,\s*"category".*|,"[^:]*":.*)?}\s*$/s.exec(text)?.[1] ?? "";
  return `${category} ${digest(value)}`;
}

test("bytes may be any view of any buffer, a Buffer's too", () => {
  const text = '{"category":"tool_call","input":{"a":"b"}}';
  const expected = openEnvelope(new TextEncoder().encode(text));
  for (let offset = 0; offset < 8; offset++) {
    const buffer = Buffer.from(" ".repeat(offset) + text).subarray(offset);
    assert.deepEqual(openEnvelope(buffer), expected);
    assert.deepEqual(
      openEnvelope(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)),
      expected,
    );
  }
});
