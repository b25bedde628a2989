import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { loadBundle } from "./bundle.ts";
import { PAYMENTS } from "./sample-bundle.node.ts";

// What editors complete bundle files by must be what the loader takes.

const root = fileURLToPath(new URL("../../..", import.meta.url));
const schema = JSON.parse(readFileSync(`${root}/policies/bundle.schema.json`, "utf8"));
const fits = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
  schema,
);

type Mapping = Record<string, unknown>;

/** A bundle with every key there is, as far as one bundle can have it. */
const SHA = "0123456789abcdef".repeat(4);
const rich: Mapping = {
  ...parse(PAYMENTS),
  $defs: {
    ...parse(PAYMENTS).$defs,
    amount: {
      type: "integer",
      minimum: 0,
      maximum: 9,
      title: "t",
      description: "d",
      $comment: "c",
    },
    list: {
      type: "array",
      items: { $ref: "#/$defs/word" },
      minItems: 0,
      maxItems: 3,
      unordered: true,
    },
    word: {
      type: ["string", "null"],
      minLength: 1,
      maxLength: 9,
      pattern: "^a",
      exact: true,
      persistent: false,
    },
    ratio: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
    open: {
      type: "object",
      additionalProperties: { type: "boolean" },
      required: ["a"],
      properties: { a: true },
    },
    fixed: { const: "a" },
    some: { enum: ["a", "b"], minLength: 1 },
  },
};
Object.assign(categoryOf("say"), { tool: { name: "Say", sha256: SHA } });

function categoryOf(name: string): Mapping {
  return at(at(rich, "categories"), name);
}

function at(mapping: Mapping, key: string): Mapping {
  return mapping[key] as Mapping;
}

function faultsOf(content: unknown): readonly string[] {
  const loaded = loadBundle([{ path: "bundle.json", text: JSON.stringify(content) }]);
  return "faults" in loaded ? loaded.faults.map(({ code, message }) => `${code} ${message}`) : [];
}

/** Faults of form, which a schema can tell; others are about what belongs together. */
const FORMAL = /^(UNKNOWN_KEY|WRONG_TYPE|VERSION|NAME|REASON|RESERVED_REASON|OUTCOME|TOOL|JUDGES) /;
const FORMAL_SHAPE =
  /leave out this keyword|state additionalProperties|use this with|use true or false|use a string|use a number|use a scalar|use an integer from 0|list names|use object, array/;

test("every bundle file of the samples fits the schema", () => {
  const paths = globSync("policies/*/*.{yaml,yml,json}", { cwd: root });
  assert.ok(paths.length >= 2);
  for (const path of paths) {
    assert.ok(
      fits(parse(readFileSync(`${root}/${path}`, "utf8"))),
      `${path} ${JSON.stringify(fits.errors)}`,
    );
  }
});

test("the rich bundle loads and fits", () => {
  assert.deepEqual(faultsOf(rich), []);
  assert.ok(fits(rich), JSON.stringify(fits.errors));
});

interface Edit {
  readonly what: string;
  readonly content: unknown;
}

const STRANGE: readonly unknown[] = [
  7,
  -1,
  0.5,
  "Strange Thing",
  "",
  "ALLOWED",
  "unrecognized",
  "REWRITE",
  true,
  false,
  null,
  [],
  ["x"],
  {},
  { x: 1 },
];

/** Every bundle that differs from this value in one place. Inputs are left alone: any mapping is one. */
function edits(value: unknown, path = ""): readonly Edit[] {
  // A third of them at each place: which, depends on the place.
  const strange = STRANGE.filter((_, index) => (index + path.length) % 3 === 0);
  const here = strange.map((content) => ({
    what: `${path} = ${JSON.stringify(content)}`,
    content,
  }));
  if (typeof value !== "object" || value === null || /^\/canaries\/\w+\/\w+\/0/.test(path))
    return here;
  if (Array.isArray(value)) {
    return [
      ...here,
      ...value.flatMap((item, index) =>
        edits(item, `${path}/${index}`).map(({ what, content }) => ({
          what,
          content: value.with(index, content),
        })),
      ),
    ];
  }
  const entries = Object.entries(value);
  return [
    ...here,
    { what: `${path} + zzz`, content: { ...value, zzz: {} } },
    ...entries.map(([key]) => ({
      what: `${path} - ${key}`,
      content: Object.fromEntries(entries.filter(([each]) => each !== key)),
    })),
    ...entries.flatMap(([key, member]) =>
      edits(member, `${path}/${key}`).map(({ what, content }) => ({
        what,
        content: { ...value, [key]: content },
      })),
    ),
  ];
}

test("one change anywhere: what loads fits, and what is of no form fits neither", () => {
  const seen = { loads: 0, refused: 0, deeper: 0 };
  const all = edits(rich);
  for (const { what, content } of all) {
    const faults = faultsOf(content);
    const fit = fits(content);
    // Which file holds a key of the top level is nothing that one file can show.
    const formal = faults.some(
      (fault) =>
        FORMAL.test(fault) ||
        FORMAL_SHAPE.test(fault) ||
        (fault.startsWith("MISSING_KEY") && !fault.includes("a bundle needs")),
    );
    if (faults.length === 0) {
      seen.loads += 1;
      assert.ok(fit, `${what}: ${JSON.stringify(fits.errors)}`);
    } else if (formal) {
      seen.refused += 1;
      assert.equal(fit, false, `${what}: ${faults.join("; ")}`);
    } else seen.deeper += 1;
  }
  assert.ok(seen.loads > 50 && seen.refused > 300, JSON.stringify(seen));
});
