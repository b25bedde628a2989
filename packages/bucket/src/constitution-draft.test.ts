import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonFrom } from "@writ/contract/jcs";
import fc from "fast-check";
import { constitutionWith, signer, writerKey } from "./append/bucket.test-support.ts";
import { type Constitution, ConstitutionRefused, formatConstitution } from "./constitution.ts";
import { changesBetween } from "./constitution-changes.ts";
import { constitutionFrom } from "./constitution-draft.ts";

const format = { format: "writ-constitution/v1" };

/** Any constitution that rules about few things, so that two of them often share some. */
const constitutions = fc
  .record({
    writers: fc.subarray([101, 102, 103]),
    events: fc.integer({ min: 0, max: 3 }),
    in_flight: fc.integer({ min: 1, max: 2 }),
    governors: fc.subarray([11, 12, 13], { minLength: 1 }),
    threshold: fc.integer({ min: 1, max: 3 }),
  })
  .map(
    ({ writers, events, in_flight, governors, threshold }): Constitution =>
      constitutionWith({
        writers: writers.map((number) => {
          const { name, verifierKey } = writerKey(number);
          return { name, key: verifierKey, quota: { events, bytes: events } };
        }),
        quotas: { events, bytes: 9, in_flight },
        governance: {
          keys: governors.map((number) => signer(number).verifierKey),
          threshold: Math.min(threshold, governors.length),
        },
      }),
  );

test("a draft is what it says, in any order and without the names of writers", () => {
  fc.assert(
    fc.property(constitutions, fc.boolean(), (constitution, isNamed) => {
      const writers = constitution.writers.map(({ name, key, quota }) =>
        isNamed ? { quota, name, key } : { quota, key },
      );
      const plain = Object.entries({ ...constitution, ...format, writers }).reverse();
      assert.deepEqual(constitutionFrom(jsonFrom(Object.fromEntries(plain))), constitution);
    }),
  );
});

test("whatever else a draft is, it is refused as a constitution and never crashes", () => {
  const whole = { ...constitutionWith(), ...format };
  const names = Object.keys(whole);
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom("", ...names, "writers.0", "writers.0.name", "writers.0.key", "extra"),
      (value, at) => {
        const draft = at === "" ? value : planted(whole, at.split("."), value);
        try {
          // Some values are another valid draft: an empty list of writers, a quota.
          formatConstitution(constitutionFrom(jsonFrom(draft)));
        } catch (error) {
          assert.ok(error instanceof ConstitutionRefused, String(error));
          assert.match(error.message, /^constitution[/:]/);
        }
      },
    ),
    { numRuns: 500 },
  );
});

function planted(into: unknown, path: readonly string[], value: unknown): unknown {
  const [name = "", ...rest] = path;
  const old = (into as Record<string, unknown>)[name];
  const inner = rest.length === 0 ? value : planted(old, rest, value);
  if (Array.isArray(into)) return into.map((one, i) => (String(i) === name ? inner : one));
  return { ...(into as object), [name]: inner };
}

test("no change means the same rules, and every other rule is told", () => {
  fc.assert(
    fc.property(constitutions, constitutions, (before, after) => {
      const changes = changesBetween(before, after);
      const ruled = ({ predecessor, from, ...rules }: Constitution): unknown => rules;
      const isSame = JSON.stringify(ruled(before)) === JSON.stringify(ruled(after));
      assert.equal(changes.length === 0, isSame);
      assert.deepEqual(
        changesBetween(after, before)
          .map(({ of }) => of)
          .toSorted(),
        changes.map(({ of }) => of).toSorted(),
      );
      for (const { before: old, after: now } of changes) assert.notEqual(old, now);
    }),
  );
});

test("changes are told rule by rule", () => {
  const [alice, bob, carol] = [101, 102, 103].map(writerKey);
  assert.ok(alice !== undefined && bob !== undefined && carol !== undefined);
  const quota = { events: 1, bytes: 2 };
  const writer = ({ name, verifierKey }: typeof alice): Constitution["writers"][number] => ({
    name,
    key: verifierKey,
    quota,
  });
  const before = constitutionWith({ writers: [writer(alice), writer(bob)] });
  const after = constitutionWith({
    writers: [{ ...writer(bob), quota: { events: 1, bytes: 3 } }, writer(carol)],
    quotas: { ...before.quotas, in_flight: 7 },
    predecessor: { digest: "0".repeat(64) },
  });
  assert.deepEqual(changesBetween(before, after), [
    { of: "quota in flight", before: "4096", after: "7" },
    {
      of: `writer ${alice.name}`,
      before: `${alice.verifierKey}, 1 events, 2 bytes`,
      after: null,
    },
    {
      of: `writer ${bob.name}`,
      before: `${bob.verifierKey}, 1 events, 2 bytes`,
      after: `${bob.verifierKey}, 1 events, 3 bytes`,
    },
    { of: `writer ${carol.name}`, before: null, after: `${carol.verifierKey}, 1 events, 2 bytes` },
  ]);
  assert.equal(changesBetween(undefined, before).length, 10);
});
