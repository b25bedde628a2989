import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bareInput, openEnvelope, type Received } from "@writ/contract/envelope";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { genericForm } from "@writ/contract/normal-form";
import { compileShape, type Normalized, type Shape } from "@writ/contract/shape";
import { parseStrictJson } from "@writ/contract/strict-json";
import { naiveJson } from "../../packages/contract/src/naive-json.test-support.ts";
import {
  canonical,
  fromJson,
  identify,
  steps1And2,
  type Value,
} from "../../packages/contract/src/oracle.test-support.ts";
import { DEFS, type Plain, SHAPES } from "./shapes.ts";

interface Judge {
  readonly shape: Shape;
  readonly schema: Map<string, Value>;
}

const encoder = new TextEncoder();
const defs: Map<string, Value> = mapOf(DEFS);
const judges: ReadonlyMap<string, Judge> = new Map(
  Object.entries(SHAPES).map(([category, schema]) => [category, judge(schema)]),
);
/** What enforcement adds: some of it declared, some not. */
const HOST: JsonObject = objectOf({ caller: " Desk ", facts: { a: [1, "B"] }, validators: {} });

function objectOf(plain: Plain): JsonObject {
  const json = jsonFrom(plain);
  assert(json instanceof JsonObject);
  return json;
}

function mapOf(plain: Plain): Map<string, Value> {
  return fromJson(objectOf(plain)) as Map<string, Value>;
}

function judge(schema: Plain): Judge {
  const compiled = compileShape(jsonFrom(schema), jsonFrom(DEFS), (source) => {
    const pattern = new RegExp(source, "u");
    return (text) => pattern.test(text);
  });
  if ("faults" in compiled) assert.fail(JSON.stringify(compiled.faults));
  return { shape: compiled.shape, schema: mapOf(schema) };
}

/** Everything the product makes of one input, to be compared. */
interface Identified {
  readonly envelope: Received;
  readonly bare: Received;
  readonly forms: readonly Normalized[];
}

/** The code under test, and nothing else. */
export function identified(bytes: Uint8Array): Identified {
  const envelope = openEnvelope(bytes);
  const bare = bareInput(bytes, "anything");
  const forms: Normalized[] = [];
  for (const received of [envelope, bare]) {
    if (!("input" in received)) continue;
    genericForm(received.input);
    for (const { shape } of chosen(received.category)) {
      forms.push(shape.normalize(received.input), shape.normalize(received.input, HOST));
    }
  }
  return { envelope, bare, forms };
}

/** The category's own shape, or all of them where there is none. */
function chosen(category: string): readonly Judge[] {
  const own = judges.get(category);
  return own === undefined ? [...judges.values()] : [own];
}

/** @throws if what was made of the bytes is not what the naive reading of the rules makes of them */
export function compare(bytes: Uint8Array, made: Identified): void {
  assert.deepEqual(identified(shifted(bytes)), made, "the same bytes, the same identity");
  const whole = naiveJson(bytes);
  assert.deepEqual(shown(made.envelope), naiveEnvelope(bytes, whole?.value), "envelope");
  assert.deepEqual(shown(made.bare), naiveBare(bytes, whole), "bare input");
  let next = 0;
  for (const received of [made.envelope, made.bare]) {
    if (!("input" in received)) continue;
    const input = fromJson(received.input) as Map<string, Value>;
    assert.equal(genericForm(received.input), canonical(steps1And2(input)), "generic form");
    for (const { shape, schema } of chosen(received.category)) {
      const host = fromJson(HOST) as Map<string, Value>;
      compareForm(made.forms[next++], identify(input, schema, defs), shape);
      compareForm(made.forms[next++], identify(input, schema, defs, host), undefined);
    }
  }
}

/** @param again the shape that the form is its own form of; a host given apart is in no input */
function compareForm(
  made: Normalized | undefined,
  expected: ReturnType<typeof identify>,
  again: Shape | undefined,
): void {
  assert(made !== undefined);
  assert.equal(made.ok ? undefined : made.refusal, Reflect.get(expected, "refusal"), "refusal");
  assert.equal(made.form, expected.form, "form");
  if (!made.ok) return;
  assert.equal(canonical(fromJson(made.value)), made.form, "value");
  const formBytes = encoder.encode(made.form);
  const value = parseStrictJson(formBytes, { depth: 65, bytes: Number.POSITIVE_INFINITY });
  if (again === undefined || !(value instanceof JsonObject)) return;
  const kept = value.names.map((_, at) => at).filter((at) => value.names[at] !== "host");
  const input = new JsonObject(
    kept.map((at) => value.names[at] ?? ""),
    kept.map((at) => value.values[at] ?? null),
  );
  assert.deepEqual(again.normalize(input), made, "the form of the form");
}

/** The same bytes elsewhere in memory. */
function shifted(bytes: Uint8Array): Uint8Array {
  const room = new Uint8Array(bytes.length + 3);
  room.set(bytes, 3);
  return room.subarray(3);
}

interface Shown {
  readonly category: string;
  readonly input: string;
}

function shown(received: Received): Shown {
  const { category } = received;
  if (!("input" in received)) return { category, input: received.refusedDigest };
  return { category, input: canonical(fromJson(received.input)) };
}

function digest(named: Uint8Array | string): string {
  return createHash("sha256").update(named).digest("hex");
}

interface Member {
  readonly text: string;
  readonly depth: number;
}

/** SPEC: what arrives, rule by rule. */
function naiveEnvelope(bytes: Uint8Array, value: Value | undefined): Shown {
  const nothing = { category: "unrecognized", input: digest(bytes) };
  if (!(value instanceof Map)) return nothing;
  const members = membersOf(bytes);
  for (const [name, { depth }] of members) if (name !== "input" && depth > 64) return nothing;
  const named = value.get("category");
  const fits = typeof named === "string" && /^[a-z][a-z_]{0,63}$/.test(named);
  const category = fits ? named : "unrecognized";
  const member = members.get("input");
  if (member === undefined) return { category, input: digest(bytes) };
  return { category, input: naiveInput(value.get("input") ?? null, member) };
}

function naiveBare(bytes: Uint8Array, whole: ReturnType<typeof naiveJson>): Shown {
  const category = "anything";
  if (whole === undefined) return { category, input: digest(bytes) };
  const text = Buffer.from(bytes)
    .toString()
    .replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  return { category, input: naiveInput(whole.value, { text, depth: whole.depth }) };
}

function naiveInput(value: Value, { text, depth }: Member): string {
  const within = value instanceof Map && depth <= 64 && encoder.encode(text).length <= 1_048_576;
  return within ? canonical(value) : digest(text);
}

/** The text and the depth of each member of an object that is known to be strict JSON. */
function membersOf(bytes: Uint8Array): Map<string, Member> {
  const text = Buffer.from(bytes).toString();
  const members = new Map<string, Member>();
  let [open, deepest, start, end, name] = [0, 0, -1, 0, ""];
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g)) {
    const [word] = token;
    const closes = word === "}" || word === "]";
    if (closes) open--;
    if ((word === "," && open === 1) || (closes && open === 0)) {
      if (start >= 0) members.set(name, { text: text.slice(start, end), depth: deepest });
      [start, deepest] = [-1, 0];
    } else if (open === 1 && start < 0) {
      if (word === ":") start = token.index + 1;
      else name = JSON.parse(word);
    }
    if (word === "{" || word === "[") open++;
    deepest = Math.max(deepest, open - 1);
    end = token.index + word.length;
  }
  return new Map(
    [...members].map(([key, { text: raw, depth }]) => [key, { text: raw.trimStart(), depth }]),
  );
}
