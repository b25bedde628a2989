import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bareInput, openEnvelope } from "@writ/contract/envelope";
import { parseStrictJson } from "@writ/contract/strict-json";
import { loadBundle } from "@writ/engine/bundle";
import { arm } from "@writ/engine/engine";
import fc from "fast-check";
import { generated, someInput } from "../packages/engine/src/cel/generated.node.ts";
import { PAYMENTS } from "../packages/engine/src/sample-bundle.node.ts";
import { call, strike, struck } from "./airline-calls.ts";
import { type Attempt, type Chapter, type Doors, decideAll } from "./realm/corpus.ts";
import type { RealmOrder, RealmReport } from "./realm/run.ts";
import { root } from "./root.ts";

const policy = join(root, "policies/airline");
const recorded = process.env.WRIT_AIRLINE_DATA ?? join(root, "../shared/data/airline");
const MANY = process.env.WRIT_LONG === undefined ? 1 : 20;

function envelope(plain: unknown, host?: object): Attempt {
  const bytes = Buffer.from(JSON.stringify(plain)).toString("base64");
  return host === undefined ? { bytes } : { bytes, host: JSON.stringify(host) };
}

function linesOf(path: string): readonly Attempt[] {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => ({ bytes: Buffer.from(line).toString("base64") }));
}

/** The same draws in every run: two realms must be given the same. */
function drawn<T>(arbitrary: fc.Arbitrary<T>, count: number): readonly T[] {
  return fc.sample(arbitrary, { seed: 7, numRuns: count * MANY });
}

const hostile: fc.Arbitrary<Attempt> = fc
  .oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json({ maxDepth: 4 }).map((text) => Buffer.from(`{"category":"say","input":${text}}`)),
    fc.string({ unit: "binary" }).map((text) => {
      return Buffer.from(JSON.stringify({ category: "say", input: { text } }));
    }),
  )
  .map((bytes) => ({ bytes: Buffer.from(bytes).toString("base64") }));

function airline(): Chapter {
  const files = globSync("*.yaml", { cwd: policy }).map((path) => {
    return { path, text: readFileSync(join(policy, path), "utf8") };
  });
  const strikes = drawn(fc.tuple(call, strike), 300).map(([{ category, input }, { at, put }]) => {
    return envelope({ category, input: struck(input, { left: at + 1 }, put) });
  });
  const told = globSync("trial-*.jsonl", { cwd: existsSync(recorded) ? recorded : policy });
  const attempts = [
    ...linesOf(join(policy, "sample.jsonl")),
    ...told.toSorted().flatMap((name) => linesOf(join(recorded, name))),
    ...drawn(call, 300).map((each) => envelope(each)),
    ...strikes,
    ...drawn(hostile, 100),
  ];
  return { files, attempts };
}

function payments(): Chapter {
  const kinds = fc.record({
    kind: fc.constantFrom("refund", " TRANSFER", "gift"),
    amount: fc.integer({ min: -5, max: 1500 }),
    divisor: fc.constantFrom(0, 7, 20),
  });
  const attempts = [
    ...drawn(kinds, 200).map((input) => envelope({ category: "pay", input })),
    ...drawn(hostile, 300),
    ...drawn(hostile, 100).map((attempt) => ({ ...attempt, bare: "say" })),
    envelope({ category: "stop", input: { host: 1 } }, { caller: "desk" }),
    envelope({ category: "say", input: { text: "hello" } }, { caller: "desk" }),
  ];
  return { files: [{ path: "payments.yaml", text: PAYMENTS }], attempts };
}

const RULED = `writ: 1
name: ruled
categories:
  ask:
    action_type: ask
    input:
      type: object
      additionalProperties: false
      required: [n, x, s, tags, items, open]
      properties:
        n: { type: integer }
        m: { type: integer }
        x: { type: number }
        flag: { type: boolean }
        s: { type: string, pattern: "^.*$" }
        t: { type: string }
        tags: { type: array, items: { type: string } }
        items:
          type: array
          items:
            type: object
            additionalProperties: false
            required: [name, qty]
            properties:
              name: { type: string }
              qty: { type: integer }
              note: { type: string }
        sub:
          type: [object, "null"]
          additionalProperties: false
          required: [id, tags]
          properties:
            id: { type: string }
            tags: { type: array, unordered: true, items: { type: string } }
        open: { type: object, additionalProperties: { type: string } }
        loose: {}
canaries:
  ask:
    block: [{ n: 999, x: 1, s: a, tags: [], items: [], open: {} }]
    execute: [{ n: 998, x: 1, s: a, tags: [], items: [], open: {} }]
`;

function ruledText(rules: readonly string[]): string {
  const evaluators = rules.map((rule, index) => {
    // The canary that must execute has to get past all of them.
    const when = JSON.stringify(`input.n != 998 && ${rule}`);
    const rewrite = `then: REWRITE, rewrite_class: C${index % 2}, reason: R`;
    const then = index % 3 === 0 ? rewrite : "then: BLOCK, reason: B";
    return `  - name: c${index}\n    evaluators: [{ name: e${index}, categories: [ask], when: ${when}, ${then} }]`;
  });
  const last = `  - name: last\n    evaluators: [{ name: last, categories: [ask], when: input.n == 999, then: BLOCK, reason: LAST }]`;
  return `${RULED}constraints:\n${[last, ...evaluators].join("\n")}\n`;
}

/** Generated rules by the hundred, asked about generated inputs: most of CEL is in them. */
function ruled(): Chapter {
  const rules = [...new Set(drawn(generated, 250).map(({ our }) => our))].slice(0, 255);
  const loaded = loadBundle([{ path: "ruled.yaml", text: ruledText(rules) }]);
  const said = "faults" in loaded ? loaded.faults.map(({ message }) => message).join() : "";
  // Some of what is drawn is the same for every input, which does not load.
  const refused = new Set([...said.matchAll(/evaluator e(\d+)/g)].map((match) => Number(match[1])));
  const text = ruledText(rules.filter((_, index) => !refused.has(index)));
  const attempts = drawn(someInput, 60).map((input) => envelope({ category: "ask", input }));
  return { files: [{ path: "ruled.yaml", text }], attempts };
}

/** A bundle that does not load must fail to in the same words. */
function faulty(): Chapter {
  const text = PAYMENTS.replaceAll("amount", "Amount").replace("enum: [refund", "enum: [Refund");
  return { files: [{ path: "faulty.yaml", text }], attempts: [] };
}

/** What would break purity, and what the realm must say of it. */
const PLANTS: readonly (readonly [source: string, noticed: RegExp])[] = [
  ["export const act = () => Date.now();", /^Date\b/],
  ["export const act = () => new Date();", /^Date\b/],
  ["export const act = () => Math.random();", /^random\b/],
  ["export const act = () => Math.pow(2, 0.5);", /^pow\b/],
  ["export const act = () => Intl.Collator;", /^Intl\b/],
  ["export const act = () => 'a'.localeCompare('b');", /^localeCompare\b/],
  ["export const act = () => (1).toLocaleString();", /^toLocaleString\b/],
  ["export const act = () => 'É'.toLowerCase();", /^toLowerCase beyond ASCII /],
  ["export const act = () => typeof process;", /^process\b/],
  ["export const act = () => globalThis.process;", /^process\b/],
  ["export const act = () => performance.now();", /^performance\b/],
  ["export const act = () => crypto.randomUUID();", /^crypto\b/],
  ["export const act = () => setTimeout(() => 0, 1);", /^setTimeout\b/],
  ["export const act = () => fetch('x');", /^fetch\b/],
  ["export const act = () => console.log(1);", /^console\b/],
  ["export const act = () => new WeakRef({});", /^WeakRef\b/],
  ["export const act = () => (() => 0).constructor('return 1')();", /^Function\b/],
  ["try { Date.now(); } catch {}", /^Date/],
  ["const seen = new Map(); export const act = () => seen.set(1, 2);", /^set of .* seen /],
  ["const seen = new Set(); export const act = () => seen.add(1);", /^add of .* seen /],
  ["const seen = []; export const act = () => seen.push(1);", / not extensible/],
  ["const seen = { n: 0 }; export const act = () => { seen.n++; };", / read only /],
  [
    "const memo = { deep: [{ n: 0 }] }; export const act = () => { memo.deep[0].n = 1; };",
    / read only /,
  ],
  ["const bytes = new Uint8Array(4); export const act = () => { bytes[1] = 7; };", /bytes$/],
  ["class Box { static last = 0; } export const act = () => { Box.last = 1; };", / read only /],
  ["export function act() { act.calls = 1; }", / not extensible/],
  ["const all = /a/g; export const act = () => all.test('a');", / all$/],
  ["export const act = () => { Array.prototype.concat = 1; };", /Array.prototype.concat/],
];

function inRealm(order: RealmOrder): RealmReport {
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, join(import.meta.dirname, "realm/run.ts")],
    { input: JSON.stringify(order), encoding: "utf8", maxBuffer: 1 << 28, timeout: 60_000 * MANY },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const corpus = [airline(), payments(), ruled(), faulty()];
const plants = PLANTS.map(([source]) => source);
const report = inRealm({ corpus, plants });
const bytesOf = (numbers: Iterable<number>): Uint8Array => Uint8Array.from(numbers);
const here: Doors = { loadBundle, arm, openEnvelope, bareInput, parseStrictJson, bytesOf };

test("without a world, every decision and identity is the same", (t) => {
  const expected = decideAll(corpus, here, false);
  t.diagnostic(`${expected.length} decisions of ${corpus.length} bundles`);
  const attempts = corpus.reduce((sum, chapter) => sum + Math.max(1, chapter.attempts.length), 0);
  assert.equal(expected.length, attempts, "every bundle but the faulty one arms");
  assert.deepEqual(report.lines, expected);
  assert.doesNotMatch(expected.join("\n"), /INTERNAL_ERROR/);
  for (const reason of ["ALLOWED", "EVALUATOR_FAILED", "MALFORMED_INPUT", "LIMIT_EXCEEDED"]) {
    assert.ok(
      expected.some((line) => line.includes(`"${reason}"`)),
      reason,
    );
  }
});

test("neither loading nor deciding asks the world for anything", () => {
  assert.deepEqual(report.touched, ["", ""]);
});

test("no module of contract and engine changes after it has loaded", () => {
  assert.equal(report.changed, "");
  for (const name of ["panel", "cel/functions", "cel/pattern", "yaml-tree"]) {
    assert.ok(report.own.includes(`packages/engine/src/${name}.ts`), name);
  }
  for (const name of ["shape", "json-reader", "event", "unicode.generated", "sha256.browser"]) {
    assert.ok(report.own.includes(`packages/contract/src/${name}.ts`), name);
  }
});

test("the realm notices each way of not being pure", () => {
  PLANTS.forEach(([source, noticed], index) => {
    assert.match(report.planted[index] ?? "", noticed, source);
  });
});

test("modules of contract and engine declare nothing that could be assigned anew", () => {
  for (const name of report.own) {
    const text = readFileSync(join(root, name), "utf8");
    assert.doesNotMatch(text, /^(?:export )?(?:let|var) /m, name);
  }
});
