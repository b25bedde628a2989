import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../runs.node.ts";
import { CEDAR, loadWithCedar, ordersWith } from "./bundle.node.ts";
import type { CedarModule } from "./module.ts";

/*
 * Cedar is of no use after a throw, so this file has a process of its own: what it shows is that
 * the bounds on a judge's text keep Cedar from throwing.
 */
const TEXT = `permit(principal, action == Writ::Action::"order", resource);
@id("limit") forbid(principal is Writ::Caller, action, resource in Writ::Input::"input")
when { context.input.count > 10 && !(context.input.item like "*pen*") }
unless { context.input has to && ["de", "fr"].containsAny([context.input.to.country]) };
forbid(principal, action, resource) when {
  if context.input has price then context.input.price.lessThan(decimal("1.5")) else { a: 1 + -2 * 3 } == {}
};`;

const PIECES = [
  ...(TEXT.match(/\w+|"[^"]*"|\s+|./gs) ?? []),
  "?principal",
  "ip(",
  "datetime(",
  "//",
  '"\\u{0}"',
  "é",
  "𝄞",
  "9223372036854775808",
  "__entity",
  "__extn",
  "%",
  "@",
];
const piece = fc.constantFrom(...PIECES);
const mutated = fc
  .tuple(fc.nat(TEXT.length), fc.nat(30), fc.array(piece, { maxLength: 6 }))
  .map(([at, cut, put]) => TEXT.slice(0, at) + put.join("") + TEXT.slice(at + cut));
const shuffled = fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join(" "));
const repeated = fc
  .tuple(piece, fc.nat(400), fc.nat(TEXT.length))
  .map(([text, count, at]) => TEXT.slice(0, at) + text.repeat(count) + TEXT.slice(at));
const policies = fc.oneof(mutated, shuffled, repeated, fc.string({ unit: "binary" }));

test("no text makes Cedar throw, and every one loads or says why not", () => {
  let loads = 0;
  fc.assert(
    fc.property(policies, (text) => {
      const loaded = loadWithCedar(ordersWith({ cedar: { policies: text } }));
      if ("bundle" in loaded) {
        loads += 1;
        return;
      }
      assert.ok(loaded.faults.length > 0);
      for (const { code } of loaded.faults) assert.notEqual(code, "CEDAR_GAVE_UP", text);
    }),
    { numRuns: runs(1_500, 50_000, 400) },
  );
  // Of the fewest runs some 24 load: by chance 10 or fewer once in a thousand times, 2 or fewer never.
  assert.ok(loads > 2, String(loads));
});

test("should Cedar throw all the same, that is a load fault too", () => {
  const methods = [
    "preparsePolicySet",
    "statefulIsAuthorized",
    "validate",
    "policyToJson",
  ] as const;
  for (const method of methods) {
    const broken: CedarModule = {
      ...CEDAR,
      [method]: () => {
        throw new Error("memory access out of bounds");
      },
    };
    const loaded = loadWithCedar(
      ordersWith({ cedar: { policies: TEXT.split("@id")[0] ?? "" } }),
      broken,
    );
    assert.ok("faults" in loaded, method);
    assert.deepEqual(
      loaded.faults.map(({ code }) => code),
      ["CEDAR_GAVE_UP"],
    );
  }
});
