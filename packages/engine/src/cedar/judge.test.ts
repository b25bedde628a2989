import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { namesCedar } from "../bundle.ts";
import { arm, type Engine } from "../engine.ts";
import { edit, objectOf, PAYMENTS } from "../sample-bundle.node.ts";
import type { Verdict } from "../verdict.ts";
import { CEDAR, loadWithCedar, ORDERS, ordersWith } from "./bundle.node.ts";
import type { CedarAnswer, CedarModule } from "./module.ts";

function armed(text: string, cedar: CedarModule = CEDAR): Engine {
  const loaded = loadWithCedar(text, cedar);
  assert.ok("bundle" in loaded, JSON.stringify(loaded));
  return arm(loaded.bundle);
}

function order(engine: Engine, plain: Readonly<Record<string, unknown>>): Verdict {
  return engine.decide({ category: "order", input: objectOf({ item: "pen", count: 1, ...plain }) });
}

function reasonOf({ outcome, reason_code, evaluators }: Verdict): string {
  assert.equal(evaluators.length, 1);
  return `${outcome} ${reason_code}`;
}

const PERMIT = "permit(principal, action, resource);";
const BOTH = { cel: "input.count > 10" };

function forbidding(condition: string): string {
  return `${PERMIT} forbid(principal, action, resource) when { ${condition} };`;
}

test("a judge in Cedar beside one in CEL: its deny is the other's true", () => {
  const engine = armed(ORDERS);
  for (const count of [0, 1, 10, 11, 12, Number.MAX_SAFE_INTEGER]) {
    const verdict = count > 10 ? "BLOCK TOO_MANY" : "EXECUTE ALLOWED";
    assert.equal(reasonOf(order(engine, { count })), verdict);
  }
});

test("a migration that is not faithful shows as disagreement", () => {
  const policies = forbidding('context.input.count > 10 && context.input.item != "ink"');
  const engine = armed(ordersWith(BOTH, { cedar: { policies } }));
  assert.equal(reasonOf(order(engine, { count: 11 })), "BLOCK TOO_MANY");
  assert.equal(reasonOf(order(engine, { count: 10, item: "ink" })), "EXECUTE ALLOWED");
  const differs = order(engine, { count: 11, item: "ink" });
  assert.equal(reasonOf(differs), "BLOCK EVALUATOR_DISAGREEMENT");
  assert.equal(differs.failed, true);
});

test("what no policy permits is denied", () => {
  const policies = "permit(principal, action, resource) when { context.input.count <= 10 };";
  const engine = armed(ordersWith({ cedar: { policies } }));
  assert.equal(reasonOf(order(engine, {})), "EXECUTE ALLOWED");
  assert.equal(reasonOf(order(engine, { count: 11 })), "BLOCK TOO_MANY");
});

test("an error that Cedar would skip is a failure, whichever policy it strikes", () => {
  const overflow = "context.input.count * 9007199254740993 < 0";
  const limit = "context.input.count > 10";
  for (const policies of [
    forbidding(`${overflow} || ${limit}`),
    `${forbidding(limit)} permit(principal, action, resource) when { ${overflow} };`,
    `${forbidding(limit)} forbid(principal, action, resource) when { ${overflow} };`,
  ]) {
    const engine = armed(ordersWith({ cedar: { policies } }));
    assert.equal(reasonOf(order(engine, { count: 2 })), "EXECUTE ALLOWED");
    assert.equal(reasonOf(order(engine, { count: 1023 })), "BLOCK TOO_MANY");
    assert.equal(reasonOf(order(engine, { count: 1024 })), "BLOCK EVALUATOR_FAILED");
  }
});

test("a failing judge weighs more than judges that differ", () => {
  const overflowing = "context.input.count * 9007199254740993 > 0 && context.input.count > 10";
  const engine = armed(
    ordersWith(
      BOTH,
      { cel: "input.count > 10 && input.item != 'ink'" },
      {
        cedar: { policies: forbidding(overflowing) },
      },
    ),
  );
  assert.equal(reasonOf(order(engine, { count: 11 })), "BLOCK TOO_MANY");
  assert.equal(reasonOf(order(engine, { count: 11, item: "ink" })), "BLOCK EVALUATOR_DISAGREEMENT");
  assert.equal(reasonOf(order(engine, { count: 2000, item: "ink" })), "BLOCK EVALUATOR_FAILED");
});

test("numbers, nulls, sets and nested objects reach Cedar as SPEC says", () => {
  const rows: readonly (readonly [string, Record<string, unknown>, string])[] = [
    [
      'context.input has price && context.input.price.greaterThan(decimal("2.5"))',
      { price: 3 },
      "BLOCK TOO_MANY",
    ],
    [
      'context.input has price && context.input.price.greaterThan(decimal("2.5"))',
      { price: 2.5 },
      "EXECUTE ALLOWED",
    ],
    [
      'context.input has price && context.input.price.greaterThan(decimal("2.5"))',
      { price: null },
      "EXECUTE ALLOWED",
    ],
    [
      'context.input has price && context.input.price.greaterThan(decimal("2.5"))',
      { price: 0.12345 },
      "BLOCK EVALUATOR_FAILED",
    ],
    ["context.input has gift && context.input.gift", { gift: true }, "BLOCK TOO_MANY"],
    ["context.input has gift && context.input.gift", { gift: false }, "EXECUTE ALLOWED"],
    [
      'context.input has tags && context.input.tags == ["a", "b"]',
      { tags: [" B", "a", "b"] },
      "BLOCK TOO_MANY",
    ],
    [
      'context.input has to && context.input.to.country == "fr"',
      { to: { country: "FR" } },
      "BLOCK TOO_MANY",
    ],
    [
      "context.input has to && context.input.to has note",
      { to: { country: "fr" } },
      "EXECUTE ALLOWED",
    ],
  ];
  for (const [condition, plain, answer] of rows) {
    const policies = forbidding(`context.input.count > 10 || (${condition})`);
    const engine = armed(ordersWith({ cedar: { policies } }));
    assert.equal(reasonOf(order(engine, plain)), answer, `${condition} ${JSON.stringify(plain)}`);
  }
});

test("a judge may state who asks, for what, of what, and what is known of them", () => {
  const policies = `
    permit(principal in Group::"buyers", action == Action::"buy", resource is Shop)
    when { context.input.count <= principal.limit };`;
  const cedar = {
    policies,
    principal: { type: "User", id: "Ann" },
    action: { type: "Action", id: "buy" },
    resource: { type: "Shop", id: "s" },
    entities: [
      {
        uid: { type: "User", id: "Ann" },
        attrs: { limit: 10 },
        parents: [{ type: "Group", id: "buyers" }],
      },
    ],
  };
  const engine = armed(ordersWith(BOTH, { cedar }));
  assert.equal(reasonOf(order(engine, { count: 10 })), "EXECUTE ALLOWED");
  assert.equal(reasonOf(order(engine, { count: 11 })), "BLOCK TOO_MANY");
  const lonely = loadWithCedar(ordersWith({ cedar: { ...cedar, entities: [] } }));
  assert.ok("bundle" in lonely);
  assert.throws(() => arm(lonely.bundle), /must EXECUTE/);
});

test("decisions depend on no earlier call, no other engine and no order", () => {
  const texts = [
    ORDERS,
    ordersWith(BOTH, { cedar: { policies: forbidding("context.input.count > 10") } }),
  ];
  const engines = [...texts, ...texts].map((text) => armed(text));
  const counts = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 10 });
  fc.assert(
    fc.property(counts, fc.nat(3), (list, start) => {
      const forwards = list.map((count, index) => {
        const engine = engines[(start + index) % engines.length];
        return engine === undefined ? "" : reasonOf(order(engine, { count }));
      });
      assert.deepEqual(
        forwards,
        list.map((count) => (count > 10 ? "BLOCK TOO_MANY" : "EXECUTE ALLOWED")),
      );
    }),
    { numRuns: 100 },
  );
});

test("an evaluator of several categories is checked against all of them at once", () => {
  const category = ORDERS.slice(ORDERS.indexOf("  order:"), ORDERS.indexOf("constraints:"));
  const canaries = ORDERS.slice(ORDERS.indexOf("  order:\n    block"));
  const two = ORDERS.replace(
    "constraints:",
    () => `${category.replace("order:", "refund:")}constraints:`,
  )
    .replace("[order]", "[order, refund]")
    .concat(canaries.replace("order:", "refund:"));
  const engine = armed(two.replace('action == Writ::Action::"order"', "action"));
  const input = objectOf({ item: "pen", count: 1 });
  for (const category of ["order", "refund"]) {
    assert.equal(engine.decide({ category, input }).outcome, "EXECUTE");
  }
  // Its permit is for orders alone: over refunds Cedar denies, where CEL does not.
  const narrow = loadWithCedar(two);
  assert.ok("bundle" in narrow);
  assert.throws(
    () => arm(narrow.bundle),
    /refund must EXECUTE .* BLOCK \(EVALUATOR_DISAGREEMENT\)/,
  );
});

test("the bundle names the very code that judges", () => {
  const code = CEDAR.sha256;
  const bytes = new Uint8Array([0, 97, 115, 109]);
  const other = createHash("sha256").update(bytes).digest("hex");
  assert.match(code, /^[0-9a-f]{64}$/);
  const faults = (text: string, cedar?: CedarModule): readonly string[] => {
    const loaded = loadWithCedar(text, cedar);
    assert.ok("faults" in loaded);
    return loaded.faults.map(({ code, line, column }) => `${code} ${line}:${column}`);
  };
  assert.deepEqual(faults(ORDERS, { ...CEDAR, sha256: other }), ["CEDAR_MODULE 3:18"]);
  assert.deepEqual(faults(ORDERS.replace(code, other)), ["CEDAR_MODULE 3:18"]);
  assert.deepEqual(faults(ORDERS.replace(code, code.toUpperCase())), ["CEDAR_MODULE 3:18"]);
  assert.deepEqual(faults(edit(ORDERS, `cedar: { sha256: ${code} }\n`, "")), [
    "CEDAR_MODULE 31:15",
  ]);
  const one = loadWithCedar(ORDERS);
  const same = loadWithCedar(ORDERS.replace(other, code));
  assert.ok("bundle" in one && "bundle" in same);
  assert.equal(one.bundle.digest, same.bundle.digest);
});

test("Cedar is asked for only where the bundle names it", () => {
  const file = (text: string): readonly { path: string; text: string }[] => [
    { path: "a.yaml", text },
  ];
  assert.equal(namesCedar(file(ORDERS)), true);
  assert.equal(namesCedar(file(PAYMENTS)), false);
  assert.equal(namesCedar(file(`# cedar: {}\n${PAYMENTS}`)), false);
  assert.equal(namesCedar(file("cedar: [")), false);
});

const BROKEN: readonly (readonly [string, () => unknown])[] = [
  [
    "throws",
    () => {
      throw new Error("trap");
    },
  ],
  ["fails", () => ({ type: "failure", errors: [] })],
  [
    "answers a third word",
    () => ({ type: "success", response: { decision: "maybe", diagnostics: { errors: [] } } }),
  ],
  [
    "allows beside an error",
    () => ({ type: "success", response: { decision: "allow", diagnostics: { errors: [{}] } } }),
  ],
  ["answers nothing", () => undefined],
  ["answers without diagnostics", () => ({ type: "success", response: { decision: "allow" } })],
];

for (const [what, answer] of BROKEN) {
  test(`Cedar that ${what} blocks`, () => {
    let isBroken = false;
    const cedar: CedarModule = {
      ...CEDAR,
      statefulIsAuthorized: (call) =>
        isBroken ? (answer() as CedarAnswer) : CEDAR.statefulIsAuthorized(call),
    };
    const engine = armed(
      ordersWith({ cedar: { policies: forbidding("context.input.count > 10") } }),
      cedar,
    );
    assert.equal(reasonOf(order(engine, {})), "EXECUTE ALLOWED");
    isBroken = true;
    assert.equal(reasonOf(order(engine, {})), "BLOCK EVALUATOR_FAILED");
  });
}
