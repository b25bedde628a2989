import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { compileShape } from "@writ/contract/shape";
import fc from "fast-check";
import { CEDAR } from "./bundle.node.ts";
import { contextWriter, MAX_CONTEXT, NotForCedar } from "./value.ts";

function written(schema: unknown, plain: unknown): unknown {
  const compiled = compileShape(jsonFrom(schema), undefined);
  assert.ok("shape" in compiled);
  const received = jsonFrom(plain);
  assert.ok(received instanceof JsonObject);
  const normalized = compiled.shape.normalize(received);
  assert.ok(normalized.ok);
  return contextWriter(compiled.shape.type)(normalized.value);
}

const OPEN = { type: "object", additionalProperties: true };

function objectWith(member: unknown): unknown {
  return { type: "object", additionalProperties: false, properties: { x: member } };
}

const decimal = (arg: string): unknown => ({ __extn: { fn: "decimal", arg } });

test("what the shape calls a number is a decimal, an integer a Long", () => {
  const cases: readonly (readonly [value: number, arg: string])[] = [
    [0, "0.0"],
    [-0, "0.0"],
    [3, "3.0"],
    [-3.5, "-3.5"],
    [0.1, "0.1"],
    [0.1234, "0.1234"],
    [-0.0001, "-0.0001"],
    [922337203685477.5, "922337203685477.5"],
    [-922337203685477.5, "-922337203685477.5"],
  ];
  for (const [value, arg] of cases) {
    assert.deepEqual(written(objectWith({ type: "number" }), { x: value }), { x: decimal(arg) });
  }
  for (const value of [0, 1, -1, 2 ** 53 - 1, -(2 ** 53) + 1]) {
    assert.deepEqual(written(objectWith({ type: "integer" }), { x: value }), { x: value });
    assert.deepEqual(written(OPEN, { x: value }), { x: value });
  }
  assert.deepEqual(written(OPEN, { x: 2.5 }), { x: decimal("2.5") });
});

test("a number that four places do not hold exactly is refused", () => {
  for (const value of [0.12345, 1e-5, 1e-7, 922337203685477.6, 1e17, -1e17, 1e21, 1e300]) {
    assert.throws(() => written(objectWith({ type: "number" }), { x: value }), NotForCedar);
    assert.throws(() => written(OPEN, { x: value }), NotForCedar);
  }
  const beyond = -922337203685478;
  assert.throws(() => written(objectWith({ type: "number" }), { x: beyond }), NotForCedar);
  assert.deepEqual(written(OPEN, { x: beyond }), { x: beyond });
});

test("a decimal written is the number read", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (units) => {
      const value = Number((units / 10_000).toFixed(4));
      const { x } = written(objectWith({ type: "number" }), { x: value }) as {
        x: { __extn: { arg: string } };
      };
      assert.match(x.__extn.arg, /^-?[0-9]+\.[0-9]{1,4}$/);
      assert.equal(Number(x.__extn.arg), value === 0 ? 0 : value);
    }),
  );
});

test("nulls are absent keys, at every depth; in a list they are refused", () => {
  const schema = objectWith({
    type: ["object", "null"],
    additionalProperties: true,
    properties: { a: { type: "string" } },
  });
  assert.deepEqual(written(schema, {}), {});
  assert.deepEqual(written(schema, { x: null }), {});
  assert.deepEqual(written(schema, { x: { b: null, c: { d: null, e: [] } } }), {
    x: { c: { e: [] } },
  });
  assert.throws(() => written(OPEN, { x: [null] }), NotForCedar);
});

test("members that Cedar's JSON reads as something else are refused", () => {
  for (const name of ["__entity", "__extn", "__expr"]) {
    for (const value of [{ type: "User", id: "root" }, { fn: "ip", arg: "::1" }, "1", 7, []]) {
      assert.throws(() => written(OPEN, { [name]: value }), NotForCedar);
      assert.throws(() => written(OPEN, { x: [{ y: { [name]: value } }] }), NotForCedar);
    }
    assert.deepEqual(written(OPEN, { [name]: null }), {});
  }
});

test("names that JavaScript treats specially are ordinary", () => {
  const plain = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "10": 3, "9": 4}');
  const found = written(OPEN, plain);
  assert.equal(JSON.stringify(found), '{"9":4,"10":3,"__proto__":{"a":1},"constructor":2}');
});

test("what one judge is given is bounded", () => {
  const fits = "a".repeat(MAX_CONTEXT - 3);
  assert.deepEqual(written(OPEN, { x: fits }), { x: fits });
  assert.throws(() => written(OPEN, { x: `${fits}a` }), NotForCedar);
  assert.throws(() => written(OPEN, { x: Array(MAX_CONTEXT).fill(1) }), NotForCedar);
  assert.throws(() => written(OPEN, { x: { [`${fits}ab`]: true } }), NotForCedar);
});

test("what Cedar's reader would give up on is refused", () => {
  const nested = (levels: number): JsonObject => {
    let value = new JsonObject([], []);
    for (let level = 0; level < levels; level += 1) value = new JsonObject(["a"], [[value]]);
    return value;
  };
  const write = contextWriter({ kind: "any", nullable: true });
  assert.ok(write(nested(48)));
  assert.throws(() => write(nested(49)), NotForCedar);
  assert.throws(() => write(new JsonObject(["a"], ["\ud800"])), NotForCedar);
  assert.throws(() => write(new JsonObject(["\udc00"], [1])), NotForCedar);
});

test("Cedar reads whatever is written", () => {
  const staticPolicies = "permit(principal, action, resource);";
  assert.equal(CEDAR.preparsePolicySet("value", { staticPolicies }).type, "success");
  const uid = { type: "A", id: "a" };
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const number = fc.oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(text, number, fc.boolean(), fc.constant(null)),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(
        fc.oneof(text, fc.constantFrom("__proto__", "__extn", "fn", "arg")),
        tie("value"),
        { maxKeys: 4 },
      ),
    ),
  }));
  let read = 0;
  const property = fc.property(value, (plain) => {
    let context: { input: unknown };
    try {
      context = { input: written(OPEN, { x: plain }) };
    } catch (error) {
      assert.ok(error instanceof NotForCedar);
      return;
    }
    const call = { principal: uid, action: uid, resource: uid, context, entities: [] };
    const answer = CEDAR.statefulIsAuthorized({ ...call, preparsedPolicySetId: "value" });
    assert.equal(answer.type, "success", JSON.stringify(answer));
    read += 1;
  });
  fc.assert(property, { numRuns: 2000 });
  assert.ok(read > 300, String(read));
});
