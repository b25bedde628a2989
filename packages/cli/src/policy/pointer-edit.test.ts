import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson, jsonFrom } from "@writ/contract/jcs";
import type { Json } from "@writ/contract/json";
import fc from "fast-check";
import { pointerTokens, putAt, removeAt } from "./pointer-edit.ts";

test("a pointer is taken apart as RFC 6901 says", () => {
  assert.deepEqual(pointerTokens("/a/b"), ["a", "b"]);
  assert.deepEqual(pointerTokens("/"), [""]);
  assert.deepEqual(pointerTokens("/a~1b/~0~01/0"), ["a/b", "~~1", "0"]);
  for (const bad of ["", "a", "a/b", "/~", "/~2", "/a~"])
    assert.equal(pointerTokens(bad), null, bad);
});

type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };

/** Another implementation, over plain values that may be changed. */
function edited(
  root: Plain,
  tokens: readonly string[],
  value: Plain | undefined,
): Plain | undefined {
  const copy = structuredClone(root);
  let at: Plain = copy;
  for (const token of tokens.slice(0, -1)) {
    if (at === null || typeof at !== "object") return undefined;
    const next: Plain | undefined = Array.isArray(at) ? at[indexIn(at, token)] : own(at, token);
    if (next === undefined) return undefined;
    at = next;
  }
  const last = tokens.at(-1) ?? "";
  if (at === null || typeof at !== "object") return undefined;
  if (!Array.isArray(at)) {
    if (value !== undefined) at[last] = value;
    else if (!(last in at)) return undefined;
    else delete at[last];
    return copy;
  }
  if (value !== undefined && last === "-") at.push(value);
  else if (indexIn(at, last) < 0) return undefined;
  else if (value === undefined) at.splice(indexIn(at, last), 1);
  else at[indexIn(at, last)] = value;
  return copy;
}

function own(object: { [name: string]: Plain }, name: string): Plain | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function indexIn(list: readonly Plain[], token: string): number {
  return list.findIndex((_item, index) => String(index) === token);
}

const token = fc.constantFrom("a", "b", "0", "1", "2", "-", "01", "length");
const value = fc.letrec<{ any: Plain }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Plain[]>(null, true, 1, "x"),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "0"), tie("any"), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).any;

function text(json: Json | undefined): string {
  return json === undefined ? "nowhere" : canonicalJson(json);
}

function expected(plain: Plain | undefined): string {
  return plain === undefined ? "nowhere" : canonicalJson(jsonFrom(plain));
}

test("values are put and removed as another implementation does, and the original stays", () => {
  fc.assert(
    fc.property(value, fc.array(token, { minLength: 1, maxLength: 3 }), value, (root, at, put) => {
      const json = jsonFrom(root);
      assert.equal(text(putAt(json, at, jsonFrom(put))), expected(edited(root, at, put)));
      assert.equal(text(removeAt(json, at)), expected(edited(root, at, undefined)));
      assert.equal(canonicalJson(json), canonicalJson(jsonFrom(root)));
    }),
    { numRuns: 2000 },
  );
});
