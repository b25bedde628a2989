import assert from "node:assert/strict";
import { test } from "node:test";
import { edit } from "../sample-bundle.node.ts";
import { loadWithCedar, ORDERS, ordersWith } from "./bundle.node.ts";

const PERMIT = "permit(principal, action, resource);";

function forbidding(condition: string): string {
  return `${PERMIT} forbid(principal, action, resource) when { ${condition} };`;
}

/** Each: what is wrong with the policies of one judge, the fault's code, and the text it stands at. */
const FAULTS: readonly (readonly [string, string, string, string])[] = [
  ["syntax", `${PERMIT} forbid(principal, action, resource) when { 1 + };`, "CEDAR_SYNTAX", "};"],
  [
    "syntax after wide characters",
    '// é𝄞\nforbid(principal, action) when { "é" };',
    "CEDAR_SYNTAX",
    ") when",
  ],
  ["a template", "permit(principal == ?principal, action, resource);", "CEDAR_SYNTAX", "permit"],
  [
    "an unknown member",
    forbidding("context.input.amuont > 1"),
    "CEDAR_TYPE",
    "context.input.amuont",
  ],
  [
    "a member that may be absent",
    forbidding("context.input.gift"),
    "CEDAR_TYPE",
    "context.input.gift",
  ],
  ["operands that do not fit", forbidding('context.input.count > "a"'), "CEDAR_TYPE", '"a"'],
  [
    "an integer beside a decimal",
    forbidding("context.input has price && context.input.price > 1"),
    "CEDAR_TYPE",
    "context.input.price > 1",
  ],
  [
    "another category's action",
    'permit(principal, action == Writ::Action::"pay", resource);',
    "CEDAR_TYPE",
    'Writ::Action::"pay"',
  ],
  [
    "a policy that never applies",
    `${PERMIT} forbid(principal, action, resource) when { false };`,
    "CEDAR_UNREACHABLE",
    "forbid",
  ],
  [
    "a literal in upper case",
    forbidding('context.input.item == "Pen"'),
    "CEDAR_NEVER_EQUAL",
    '"Pen"',
  ],
  [
    "a literal with white space at its end",
    forbidding('"pen " != context.input.item'),
    "CEDAR_NEVER_EQUAL",
    '"pen "',
  ],
  [
    "a literal that the shape refuses",
    forbidding('context.input.item == "2026-11-21t20:00:00z"'),
    "CEDAR_NEVER_EQUAL",
    '"2026',
  ],
  [
    "a literal in a set",
    forbidding('["ink", "Pen"].contains(context.input.item)'),
    "CEDAR_NEVER_EQUAL",
    '"Pen"',
  ],
  [
    "a literal sought in a set",
    forbidding('context.input has tags && context.input.tags.contains("A")'),
    "CEDAR_NEVER_EQUAL",
    '"A"',
  ],
  [
    "literals sought in a set",
    forbidding('context.input has tags && context.input.tags.containsAny(["A"])'),
    "CEDAR_NEVER_EQUAL",
    '"A"',
  ],
  [
    "a literal that is not declared",
    forbidding('context.input has to && context.input.to.country == "es"'),
    "CEDAR_NEVER_EQUAL",
    '"es"',
  ],
  [
    "a pattern in upper case",
    forbidding('context.input.item like "*Pen*"'),
    "CEDAR_NEVER_EQUAL",
    "Pen",
  ],
  [
    "parentheses without end",
    forbidding(`${"(".repeat(60)}true${")".repeat(60)}`),
    "CEDAR_TOO_DEEP",
    PERMIT,
  ],
  ["too much text", `${PERMIT}// ${"a".repeat(65_536)}`, "CEDAR_TOO_DEEP", PERMIT],
];

for (const [what, policies, code, at] of FAULTS) {
  test(`load fault: ${what}`, () => {
    const indented = policies.replaceAll("\n", "\n                ");
    const text = edit(
      ORDERS,
      ORDERS.slice(ORDERS.indexOf("// Long"), ORDERS.indexOf("        then:")),
      `${indented}\n`,
    );
    const loaded = loadWithCedar(text);
    assert.ok("faults" in loaded, policies);
    assert.equal(loaded.faults.length, 1, JSON.stringify(loaded.faults));
    const [fault] = loaded.faults;
    const before = text.slice(0, text.indexOf(at, text.indexOf(indented))).split("\n");
    assert.deepEqual(
      [fault?.code, fault?.line, fault?.column],
      [code, before.length, (before.at(-1)?.length ?? 0) + 1],
      JSON.stringify(fault),
    );
    assert.match(fault?.message ?? "", /\(evaluator too_many, category order\)$/);
  });
}

test("load fault: principal, entities, keys", () => {
  const codes = (cedar: Record<string, unknown>): string => {
    const loaded = loadWithCedar(ordersWith({ cedar }));
    return "faults" in loaded ? loaded.faults.map(({ code }) => code).join() : "";
  };
  assert.equal(codes({ policies: PERMIT, principal: { type: "User", id: "ann" } }), "");
  assert.equal(
    codes({ policies: PERMIT, principal: { type: "no name", id: "a" } }),
    "CEDAR_REQUEST",
  );
  assert.equal(codes({ policies: PERMIT, principal: { type: "User" } }), "MISSING_KEY");
  assert.equal(codes({ policies: PERMIT, action: { type: "A", id: 3 } }), "WRONG_TYPE");
  assert.equal(codes({ policies: PERMIT, resource: "User::a" }), "WRONG_TYPE");
  assert.equal(codes({ policies: PERMIT, entities: [{ uid: 3 }] }), "CEDAR_REQUEST");
  assert.equal(codes({ policies: PERMIT, entities: 3 }), "WRONG_TYPE");
  assert.equal(codes({ policies: 3 }), "WRONG_TYPE");
  assert.equal(codes({ schema: "entity User;" }), "MISSING_KEY,UNKNOWN_KEY");
  const large = { uid: { type: "A", id: "a".repeat(65_536) }, attrs: {}, parents: [] };
  assert.equal(codes({ policies: PERMIT, entities: [large] }), "CEDAR_REQUEST");
});
