import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { isCategory } from "./category.ts";
import {
  bracketForm,
  digestForm,
  engineVersion,
  NotADigest,
  SEMANTICS,
  traceId,
} from "./identity.ts";
import { sha256Hex as inBrowser } from "./sha256.browser.ts";
import { sha256Hex as inNode } from "./sha256.node.ts";

const DIGEST = "0123456789abcdef".repeat(4);

test("contract §1.2: trace_id is SHA-256 of the concatenation", () => {
  const version = engineVersion(DIGEST);
  assert.equal(version, `${SEMANTICS}+${DIGEST}`);
  const text = `{"a":"\u00e9"}tool_call${version}`;
  const expected = createHash("sha256").update(text, "utf8").digest("hex");
  assert.equal(traceId('{"a":"\u00e9"}', "tool_call", version), expected);
});

test("forms of the refused begin as no accepted form does", () => {
  assert.equal(bracketForm('{"a":1}'), '[{"a":1}]');
  assert.equal(digestForm(DIGEST), `"${DIGEST}"`);
  for (const wrong of ["", DIGEST.toUpperCase(), `${DIGEST}0`, ` ${DIGEST}`, `${DIGEST}\n`]) {
    assert.throws(() => digestForm(wrong), NotADigest);
    assert.throws(() => engineVersion(wrong), NotADigest);
  }
});

test("the concatenation can be taken apart in one way only", () => {
  const form = fc.constantFrom("{}", '{"a":"tool_call3.0.0+"}', '[{"a":1}]', digestForm(DIGEST));
  const category = fc.stringMatching(/^[a-z][a-z_]{0,9}$/);
  const part = fc.tuple(form, category, fc.constantFrom(engineVersion(DIGEST), `3.0.1+${DIGEST}`));
  fc.assert(
    fc.property(part, part, (a, b) => {
      assert.equal(isCategory(a[1]), true);
      assert.equal(
        a.join("") === b.join(""),
        a.every((piece, i) => piece === b[i]),
      );
    }),
    { numRuns: 10_000 },
  );
});

test("Node and browser hash alike", () => {
  for (const data of ["", "abc", "\u00e9\u{1f600}", new Uint8Array([0, 255]), "x".repeat(10_000)]) {
    assert.equal(inBrowser(data), inNode(data));
  }
});
