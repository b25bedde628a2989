import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import type { Case, SchemaCase } from "../vectors/case.ts";
import { identify, loads } from "../vectors/identify.ts";
import { madeFiles } from "../vectors/make.ts";
import { root } from "./root.ts";
import { expected } from "./vectors-oracle.ts";

type Kept = Case | SchemaCase;

const folder = join(root, "vectors");
const files: readonly string[] = globSync("*.json", { cwd: folder }).sort();

function kept(file: string): readonly Kept[] {
  return JSON.parse(readFileSync(join(folder, file), "utf8")).cases;
}

const all: readonly Kept[] = files.flatMap(kept);
const identities: readonly Case[] = all.filter((each) => "expect" in each);
const schemas: readonly SchemaCase[] = all.filter((each) => "faulty" in each);

test("the vectors are what node vectors/make.ts writes", () => {
  const made = madeFiles();
  assert.deepEqual([...made.keys()].map((file) => basename(file)).sort(), files);
  for (const [file, text] of made) {
    assert.equal(readFileSync(join(folder, file), "utf8") === text, true, `${file}: make it again`);
  }
});

test("each case has a name of its own and says which rule it holds", () => {
  assert(identities.length >= 400, `${identities.length} cases`);
  assert.equal(identities.length + schemas.length, all.length);
  const names = all.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
  for (const { name, why } of all) {
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.match(why, /\(.*SPEC \d.*\)/, name);
  }
});

test("Writ gives what is kept, read from the files alone", () => {
  for (const { expect, ...given } of identities) {
    assert.deepEqual(identify(given), expect, given.name);
  }
  for (const { name, schema, defs, faulty } of schemas) {
    assert.equal(loads(schema, defs), !faulty, name);
  }
});

test("the naive oracle gives the same", () => {
  for (const { expect, ...given } of identities) {
    assert.deepEqual(expected(given), expect, given.name);
  }
});

test("a trace_id is one only with one form, category and version", () => {
  const behind = new Map<string, string>();
  for (const { name, expect } of identities) {
    const { normal_form: form, category, engine_version: version, trace_id: id } = expect;
    const whole = JSON.stringify([form, category, version]);
    assert.equal(behind.get(id) ?? whole, whole, name);
    behind.set(id, whole);
  }
  assert.equal(new Set(behind.values()).size, behind.size);
});

test("cases that are said to be distinct are, and those said to be one are one", () => {
  const ids = (prefix: string): string[] =>
    identities.filter(({ name }) => name.startsWith(prefix)).map(({ expect }) => expect.trace_id);
  const distinct = ids("distinct-");
  assert(distinct.length > 40);
  assert.equal(new Set(distinct).size, distinct.length);
  const same = ids("same-");
  assert(same.length > 8);
  assert.equal(new Set(same).size, 1);
});

test("every refusal and every acceptance has many cases", () => {
  const count = (refusal: string | null): number =>
    identities.filter(({ expect }) => expect.refusal === refusal).length;
  for (const refusal of [
    null,
    "MALFORMED_INPUT",
    "UNKNOWN_CATEGORY",
    "MISSING_MANDATORY_INPUT",
    "INPUT_SHAPE_VIOLATION",
    "TRANSIENT_FIELD",
  ]) {
    assert(count(refusal) >= 20, `${refusal}: ${count(refusal)}`);
  }
});
