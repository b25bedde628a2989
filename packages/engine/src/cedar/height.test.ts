import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CEDAR } from "./bundle.node.ts";
import { MAX_HEIGHT, treeHeight } from "./height.ts";

function policy(condition: string): string {
  return `forbid(principal, action, resource) when { ${condition} };`;
}

/** The height of Cedar's own tree, in objects that are operators. */
function trueHeight(node: unknown): number {
  if (typeof node !== "object" || node === null) return 0;
  const below = Math.max(0, ...Object.values(node).map(trueHeight));
  return Array.isArray(node) || "left" in node || "arg" in node || "if" in node ? below : below + 1;
}

const { condition } = fc.letrec<{ condition: string; inner: string }>((tie) => ({
  condition: fc.oneof({ maxDepth: 6, withCrossShrink: true }, fc.constant("true"), tie("inner")),
  inner: fc.oneof(
    fc
      .tuple(tie("condition"), fc.constantFrom("&&", "||", "=="), tie("condition"))
      .map(([a, operator, b]) =>
        operator === "==" ? `(${a}) == (${b})` : `${a} ${operator} ${b}`,
      ),
    tie("condition").map((a) => `!(${a})`),
    tie("condition").map((a) => `[${a}, "x { ( \\" //", 1 + 2].contains({ a: 1, "b": ${a} })`),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(if ${a} then ${b} else true)`),
    tie("condition").map((a) => `{ a: { b: ${a} } }.a.b // ) ) comment\n`),
  ),
}));

test("no tree is higher than what its tokens say", () => {
  fc.assert(
    fc.property(condition, (text) => {
      const height = treeHeight(policy(text));
      if (height > MAX_HEIGHT) return;
      const read = CEDAR.policyToJson(policy(text));
      assert.ok("json" in read, `${text}: ${JSON.stringify(read)}`);
      assert.ok(height >= trueHeight((read.json as { conditions: unknown }).conditions) - 3, text);
    }),
    { numRuns: 300 },
  );
});

const CHAINS: Readonly<Record<string, (count: number) => string>> = {
  and: (count) => Array(count).fill("context.input.a == 1").join(" && "),
  or: (count) => Array(count).fill("context.input.a == 2").join(" || "),
  sum: (count) => `${Array(count).fill("1").join(" + ")} > 0`,
  parenthesis: (count) => `${"(".repeat(count)}true${")".repeat(count)}`,
  member: (count) => `context.input${".a".repeat(count)} == 1`,
  set: (count) => `${"[".repeat(count)}${"]".repeat(count)} == []`,
  record: (count) => `${"{a:".repeat(count)}1${"}".repeat(count)} == 1`,
  choice: (count) => `${"if true then ".repeat(count)}true${" else false".repeat(count)}`,
  not: (count) => `${"!(".repeat(count)}true${")".repeat(count)}`,
  call: (count) => `[1]${".contains(1)".repeat(count)}`,
  argument: (count) => `${"[1].contains(".repeat(count)}1${")".repeat(count)}`,
};

for (const [what, chain] of Object.entries(CHAINS)) {
  test(`Cedar's stack holds the highest tree that is let through: ${what}`, () => {
    let count = 1;
    while (treeHeight(policy(chain(count + 1))) <= MAX_HEIGHT) count += 1;
    assert.ok(count >= 10 && count <= MAX_HEIGHT, String(count));
    const staticPolicies = policy(chain(count));
    assert.equal(CEDAR.preparsePolicySet("height", { staticPolicies }).type, "success");
    const uid = { type: "A", id: "a" };
    const answer = CEDAR.statefulIsAuthorized({
      principal: uid,
      action: uid,
      resource: uid,
      context: { input: { a: 1 } },
      preparsedPolicySetId: "height",
      entities: [],
    });
    assert.equal(answer.type, "success");
    assert.ok("json" in CEDAR.policyToJson(staticPolicies));
  });
}

test("clauses of one policy pile up, policies beside each other do not", () => {
  const clauses = `forbid(principal, action, resource) ${"when { true } ".repeat(200)};`;
  assert.ok(treeHeight(clauses) > MAX_HEIGHT);
  assert.ok(treeHeight(policy("true").repeat(200)) < 20);
  assert.ok(treeHeight(policy(`[${Array(500).fill("1").join(",")}].contains(1)`)) < 20);
});

test("text that is no policy has a height too", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'()[]{},;.!"\\/ \nif&|') }), (text) => {
      assert.ok(treeHeight(text) <= 4 * text.length + 1);
    }),
  );
});
