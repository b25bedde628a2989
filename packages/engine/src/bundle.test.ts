import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { loadBundle, MAX_EVALUATORS } from "./bundle.ts";
import { runs } from "./runs.node.ts";
import { bundleOf, edit, faultsOf, PAYMENTS, testFaults } from "./sample-bundle.node.ts";

test("the sample loads", () => {
  assert.deepEqual(faultsOf(PAYMENTS), []);
});

testFaults([
  {
    what: "unknown top key",
    from: "name: payments",
    to: "name: payments\nextra: 1",
    faults: [["UNKNOWN_KEY", "extra: 1"]],
  },
  {
    what: "missing top key",
    from: "name: payments\n",
    to: "",
    faults: [["MISSING_KEY", "writ: 1"]],
  },
  { what: "another version", from: "writ: 1", to: "writ: 2", faults: [["VERSION", "2\nname"]] },
  {
    what: "bundle name",
    from: "name: payments",
    to: "name: Payments",
    faults: [["NAME", "Payments"]],
  },
  {
    what: "name that is no string",
    from: "name: payments",
    to: "name: 12",
    faults: [["WRONG_TYPE", "12\n$defs"]],
  },
]);

function codesOf(...texts: readonly string[]): readonly string[] {
  return faultsOf(...texts).map(
    ({ path, line, column, code }) => `${path}:${line}:${column} ${code}`,
  );
}

test("all faults of all files are reported at once, in order of place", () => {
  const first = edit(PAYMENTS, "input.amount > 1000", "input.amount > many")
    .replace("reason: LARGE", "reason: ALLOWED")
    .replace("canaries:", "canary:");
  assert.deepEqual(codesOf(first, "name: again\nwrit: 2\nlist: 1\n"), [
    "0.yaml:6:3 CANARY",
    "0.yaml:17:3 CANARY",
    "0.yaml:34:30 CEL_UNKNOWN_NAME",
    "0.yaml:42:17 RESERVED_REASON",
    "0.yaml:58:1 UNKNOWN_KEY",
    "1.yaml:1:1 DUPLICATE_KEY",
    "1.yaml:2:1 DUPLICATE_KEY",
    "1.yaml:3:1 UNKNOWN_KEY",
  ]);
});

test("sections spread over files, each member once", () => {
  const [start = "", canaries = ""] = PAYMENTS.split("canaries:\n");
  const whole = bundleOf(PAYMENTS);
  assert.equal(bundleOf(start, `canaries:\n${canaries}`).digest, whole.digest);
  assert.equal(bundleOf(`canaries:\n${canaries}`, start).digest, whole.digest);
  assert.deepEqual(codesOf(PAYMENTS, "categories: { say: {} }"), ["1.yaml:1:15 DUPLICATE_KEY"]);
  assert.deepEqual(codesOf(PAYMENTS, "constraints: []"), ["1.yaml:1:1 DUPLICATE_KEY"]);
  assert.deepEqual(codesOf(PAYMENTS, "categories: 3"), ["1.yaml:1:13 WRONG_TYPE"]);
});

const UNREADABLE: readonly (readonly [what: string, path: string, text: string, fault: string])[] =
  [
    ["empty file", "a.yaml", "", "1:1 NOT_YAML"],
    ["comment alone", "a.yaml", "# later\n", "1:1 NOT_YAML"],
    ["two documents", "a.yaml", "writ: 1\n---\nname: x\n", "2:1 NOT_YAML"],
    ["broken YAML", "a.yaml", "writ: [1\n", "2:1 NOT_YAML"],
    ["no mapping", "a.yaml", "- writ\n", "1:1 WRONG_TYPE"],
    ["YAML in a JSON file", "a.json", "writ: 1\n", "1:1 NOT_JSON"],
    ["duplicate key in JSON", "a.json", '{"é": 1,\n "é": 2}', "2:2 NOT_JSON"],
    ["deep nesting", "a.yaml", "[".repeat(9000), "1:1 TOO_LARGE"],
    ["deep nesting, closed", "a.yaml", `a: ${"[".repeat(90)}${"]".repeat(90)}`, "1:83 TOO_LARGE"],
    ["long text", "a.yaml", " ".repeat(4 * 1024 * 1024 + 1), "1:1 TOO_LARGE"],
    ["directive", "a.yaml", "%YAML 1.1\n---\nwrit: 1\n", "1:1 NOT_YAML"],
    ["alias of itself", "a.yaml", "a: &a [*a]\n", "1:8 NOT_YAML"],
  ];

for (const [what, path, text, expected] of UNREADABLE) {
  test(`unreadable: ${what}`, () => {
    const loaded = loadBundle([{ path, text }]);
    assert.ok("faults" in loaded);
    const found = loaded.faults.map(({ line, column, code }) => `${line}:${column} ${code}`);
    assert.ok(found.includes(expected), found.join(", "));
  });
}

test("no file at all is a fault", () => {
  assert.ok("faults" in loadBundle([]));
});

test("aliases stand for values, and cannot stand for a bomb", () => {
  const shared = edit(
    PAYMENTS,
    "execute: [{ text: hello }]",
    "execute: [&hi { text: hello }, *hi]",
  );
  const written = edit(PAYMENTS, "[{ text: hello }]", "[{ text: hello }, { text: hello }]");
  assert.equal(bundleOf(shared).digest, bundleOf(written).digest);
  const levels = [..."bcdefghij"].map((name, index) => {
    const below = `*${"abcdefghij"[index]}, `.repeat(9);
    return `${name}: &${name} [${below}]`;
  });
  assert.deepEqual(codesOf(`a: &a [1]\n${levels.join("\n")}`), ["0.yaml:7:8 TOO_LARGE"]);
  const towers = [..."bcdefghij"].map((name, index) => {
    const below = `${"[".repeat(20)}*${"abcdefghij"[index]}${"]".repeat(20)}`;
    return `${name}: &${name} ${below}`;
  });
  assert.deepEqual(codesOf(`a: &a [1]\n${towers.join("\n")}`), ["0.yaml:5:27 TOO_LARGE"]);
});

test("an anchor given anew is meant from there on, and not before", () => {
  const names = "block: [&a { text: the secret }, &b [*a]]\n    execute: [&a { text: hello }, *a]";
  const text = edit(
    PAYMENTS,
    "block: [{ text: the secret }]\n    execute: [{ text: hello }]",
    names.replace(", &b [*a]", ""),
  );
  const written = edit(PAYMENTS, "[{ text: hello }]", "[{ text: hello }, { text: hello }]");
  assert.equal(bundleOf(text).digest, bundleOf(written).digest);
});

function manyEvaluators(count: number, then: string): string {
  const extra = Array.from(
    { length: count },
    (_, index) => `
      - name: extra_${index}
        categories: [say]
        when: input.text == "x${index}"
        then: BLOCK
        reason: ${then}`,
  );
  return edit(
    PAYMENTS,
    "\n      - name: says_secret",
    `${extra.join("")}\n      - name: says_secret`,
  );
}

test("a category has at most 256 evaluators", () => {
  assert.deepEqual(codesOf(manyEvaluators(MAX_EVALUATORS - 1, "EXTRA")), []);
  assert.deepEqual(codesOf(manyEvaluators(MAX_EVALUATORS, "EXTRA")), [
    "0.yaml:17:3 TOO_MANY_EVALUATORS",
  ]);
});

test("an event that could not be recorded is a load error", () => {
  const validators = (count: number): string => {
    const names = Array.from(
      { length: count },
      (_, index) => `v${index}: { type: object, additionalProperties: true }`,
    );
    const host = `host: { type: object, additionalProperties: false, properties: { validators: { type: object, additionalProperties: false, properties: { ${names.join(", ")} } } } }`;
    return edit(
      PAYMENTS,
      "properties: { text: { type: string } }",
      `properties: { text: { type: string }, ${host} }`,
    );
  };
  assert.deepEqual(codesOf(validators(150)), []);
  assert.deepEqual(codesOf(validators(170)), ["0.yaml:17:3 EVENT_TOO_LARGE"]);
  const long = edit(
    PAYMENTS,
    "properties: { text: { type: string } }",
    `properties: { text: { type: string }, host: { type: object, additionalProperties: false, properties: { validators: { type: object, additionalProperties: false, properties: { ${"v".repeat(65)}: { type: object, additionalProperties: true } } } } } }`,
  );
  assert.deepEqual(codesOf(long), ["0.yaml:17:3 EVENT_TOO_LARGE"]);
});

test("an emergency stop needs categories and nothing else", () => {
  const bundle = bundleOf(`writ: 1
name: stop
categories:
  pay: &stop
    action_type: halt
    always: BLOCK
    reason: STOPPED
    input: { type: object, additionalProperties: true }
  say: *stop
`);
  assert.deepEqual([...bundle.categories.keys()], ["pay", "say"]);
});

test("loading never throws, whatever the text", () => {
  const mutated = fc
    .tuple(fc.nat(PAYMENTS.length), fc.nat(40), fc.string({ unit: "binary", maxLength: 12 }))
    .map(([at, cut, put]) => PAYMENTS.slice(0, at) + put + PAYMENTS.slice(at + cut));
  const piece = fc.constantFrom(
    ...PAYMENTS.split(/(?<=[\s:,{}[\]])/),
    "&a ",
    "*a ",
    "? ",
    "- ",
    "|\n",
    "\t",
  );
  const shuffled = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));
  const anyText = fc.oneof(mutated, shuffled, fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(anyText, fc.constantFrom("a.yaml", "a.json"), (text, path) => {
      const loaded = loadBundle([{ path, text }]);
      assert.ok("bundle" in loaded || loaded.faults.length > 0);
    }),
    { numRuns: runs(250, 10_000) },
  );
});
