import assert from "node:assert/strict";
import { type Json, JsonObject } from "@writ/contract/json";
import type { Bundle, Category } from "./bundle.ts";
import { arm, type Engine } from "./engine.ts";
import { type Evaluator, evaluatorOf } from "./evaluator.ts";
import {
  BASE,
  BUNDLE,
  envelope,
  INPUT,
  type Row,
  rows,
  type Strike,
  withMember,
} from "./failure-matrix.node.ts";
import { Panel } from "./panel.ts";
import { bundleOf, edit, objectOf } from "./sample-bundle.node.ts";

/* What can go wrong where the policy is asked, and in the engine itself. */

/** A condition that fails, and why. */
export const CONDITIONS: readonly (readonly [source: string, code: string])[] = [
  ["input.none > 1", "NULL_VALUE"],
  ["input.any > 1", "WRONG_TYPE"],
  ["input.any ? CALM : HARM", "WRONG_TYPE"],
  ["input.open.absent == 'x'", "NO_SUCH_KEY"],
  ["input.list[60] == 1", "INDEX_OUT_OF_RANGE"],
  ["1 / input.zero == 1", "DIVISION_BY_ZERO"],
  ["1 % input.zero == 1", "DIVISION_BY_ZERO"],
  ["input.huge + 1 > 0", "OUT_OF_RANGE"],
  ["int(input.word) == 1", "NOT_A_NUMBER"],
  ["input.list.all(a, input.list.all(b, input.list.all(c, c == 1)))", "STEPS_EXCEEDED"],
];
/** True and false of the struck attempt, and not of every other: a constant does not load. */
export function told(rule: string): string {
  return rule.replaceAll("CALM", "input.mode == 'calm'").replaceAll("HARM", "input.mode == 'harm'");
}

/** Where in a rule it may stand: nothing before it decides, and nothing after it can mend it. */
const POSITIONS: readonly string[] = [
  ...["$", "!($)", "$ || CALM", "$ && HARM", "CALM && $", "HARM || $", "HARM || ($ || CALM)"],
  ...["$ ? CALM : HARM", "$ ? HARM : HARM", "CALM ? $ : CALM", "[$] == [CALM]", "CALM in [$]"],
  ...["[1].exists(e, $)", "[1, 2].all(e, $)", "[1].exists_one(e, $)", "[1].filter(e, $) == []"],
  ...["[1].map(e, $) == [HARM]", "[1].map(e, $, e) == []", "{'k': $}.k"],
  ...["input.mode in ['calm'] && ($ || CALM)", "input.mode == 'calm' && $ && CALM && CALM && CALM"],
];

export function ruled(when: string): Bundle {
  // The canaries are calm too, and must not meet what is struck.
  const rule = JSON.stringify(`input.list != [] && (${told(when)})`);
  return bundleOf(edit(BASE, 'when: "input.list == [98]"', `when: ${rule}`));
}

export const RULES: readonly Row[] = CONDITIONS.flatMap(([source, code]) =>
  POSITIONS.map((position) => {
    const when = told(position.replace("$", () => (position === "$" ? source : `(${source})`)));
    const strike = (): Strike => ({ engine: arm(ruled(when)) });
    return { id: "E10", what: `${code}: ${when}`, reason: "EVALUATOR_FAILED", strike };
  }),
);

export const LONG: readonly Row[] = rows("E11", "EVALUATOR_FAILED", {
  "a rule over all that a megabyte holds": () => {
    const engine = arm(long("input.list.exists(e, e == 2)"));
    const input = `{"mode":"calm","list":[${new Array(520_000).fill(1).join()}],"deep":[]}`;
    return { engine, ...envelope(input) };
  },
  "a rule over a million elements": () => {
    const engine = arm(long("input.list.exists(e, e == 2)"));
    return { engine, ...withMember("list", new Array(1_000_000).fill(1)) };
  },
  "a comparison of a million elements": () => {
    const engine = arm(long("input.list == input.list"));
    return { engine, ...withMember("list", new Array(1_000_000).fill(1)) };
  },
  "a pattern over a text beyond the steps": () => {
    const engine = arm(long("input.any == null || string(input.any).matches('^(a+)+$')"));
    return { engine, ...withMember("any", "a".repeat(100_000)) };
  },
});

function long(when: string): Bundle {
  const rule = JSON.stringify(`input.list != [] && (${when})`);
  return bundleOf(
    edit(edit(BASE, 'when: "input.list == [98]"', `when: ${rule}`), "maxItems: 80, ", ""),
  );
}

/** The engine with one part put in place of what loading had made. */
function sabotaged(parts: Partial<Category>): Engine {
  const category = BUNDLE.categories.get("act");
  assert.ok(category !== undefined);
  const categories = new Map([["act", { ...category, ...parts }]]);
  return arm({ ...BUNDLE, canaries: [], categories });
}

const bug = (): never => {
  throw new Error("a bug");
};

function answering(evaluate: () => unknown, parts: Partial<Evaluator> = {}): Strike {
  const rule = { evaluate: evaluate as () => boolean };
  const asked = { name: "odd", constraint: 0, rule, reason: "ODD", rewriteClass: null } as const;
  const evaluator = { ...evaluatorOf({ ...asked, outcome: "BLOCK" }), ...parts };
  return { engine: sabotaged({ panel: new Panel([evaluator]) }) };
}

export const EVALUATORS: readonly Row[] = [
  ...rows("E12", "EVALUATOR_FAILED", {
    "throws an error": () => answering(bug),
    "throws null": () =>
      answering(() => {
        throw null;
      }),
    "runs out of stack": () => {
      const descend = (): unknown => [descend()];
      return answering(descend);
    },
    "answers nothing": () => answering(() => undefined),
    "answers null": () => answering(() => null),
    "answers a number": () => answering(() => 1),
    "answers a word": () => answering(() => "false"),
    "answers a boolean in an object": () => answering(() => Object(false)),
    "answers later": () => answering(() => Promise.resolve(false)),
  }),
  ...rows("E13", "EVALUATOR_DISAGREEMENT", {
    "a word that is none of the three": () =>
      answering(() => true, { fired: ["odd", "ALLOW", "ODD"] as unknown as Evaluator["fired"] }),
    "EXECUTE with a reason": () => answering(() => true, { fired: ["odd", "EXECUTE", "ODD"] }),
  }),
  ...rows("E14", "EVALUATOR_DISAGREEMENT", {
    "judges that differ": () => judged("CALM", "HARM"),
    "judges that differ, the other way round": () => judged("HARM", "CALM"),
    "the third of three judges": () => judged("HARM", "HARM", "CALM"),
  }),
  ...rows("E15", "EVALUATOR_FAILED", {
    "the first judge fails": () => judged("1 / input.zero == 1", "HARM"),
    "the second judge fails": () => judged("CALM", "1 / input.zero == 1"),
    "a judge fails where others differ": () => judged("CALM", "HARM", "1 / input.zero == 1"),
  }),
  ...rows("E16", "EVALUATOR_DISAGREEMENT", {
    "rewrites of two classes in one constraint": () => {
      const one =
        '{ name: struck, categories: [act], when: "input.list == [98]", then: BLOCK, reason: STRUCK }';
      const rewrite = (name: string): string =>
        `{ name: ${name}, categories: [act], when: "input.list != []", then: REWRITE, rewrite_class: ${name.toUpperCase()}, reason: R }`;
      return { engine: arm(bundleOf(edit(BASE, one, `${rewrite("a")}\n      - ${rewrite("b")}`))) };
    },
  }),
];

function judged(...rules: readonly string[]): Strike {
  const judges = rules.map((rule) => {
    return `{ cel: ${JSON.stringify(`input.list != [] && ${told(rule)}`)} }`;
  });
  return {
    engine: arm(
      bundleOf(edit(BASE, 'when: "input.list == [98]"', `judges: [${judges.join(", ")}]`)),
    ),
  };
}

function overriding<T extends object>(part: T, methods: Readonly<Record<string, unknown>>): T {
  return Object.assign(Object.create(part), methods);
}

export const BUGS: readonly Row[] = [
  ...rows("E17", "INTERNAL_ERROR", {
    "the shape throws": () => withPart("shape", { normalize: bug }),
    "the shape gives nothing": () => withPart("shape", { normalize: () => undefined }),
    "the shape gives a form that is no text": () =>
      withPart("shape", { normalize: () => ({ ok: true, form: Symbol("x"), value: null }) }),
    "the evaluators cannot be asked": () => withPart("panel", { objections: bug }),
    "their answers cannot be told": () => withPart("panel", { answers: bug }),
    "the action type throws": () => withPart("actionType", { of: bug }),
    "the list of validators throws": () => ({
      engine: sabotaged({ validators: overriding(["tone"], { every: bug }) }),
    }),
  }),
  ...rows("E18", "INTERNAL_ERROR", {
    nothing: () => ({ received: null }),
    "a number": () => ({ received: 7 }),
    "an empty object": () => ({ received: {} }),
    "no input": () => ({ received: { category: "act" } }),
    "an input of JavaScript's": () => ({ received: { category: "act", input: { mode: "calm" } } }),
    "a digest that is none": () => ({ received: { category: "act", refusedDigest: "x" } }),
    "a getter that throws": () => ({
      received: {
        get category(): string {
          return bug();
        },
      },
    }),
    "names and values that do not match": () => ({
      received: { category: "act", input: new JsonObject(null as never, []) },
    }),
    "nesting beyond every stack": () => {
      let value: Json = null;
      for (let depth = 0; depth < 200_000; depth += 1) value = [value];
      return withoutCheck("any", value);
    },
    "a host of JavaScript's": () => ({ host: { validators: {} } }),
  }),
];

function withPart(
  name: "shape" | "panel" | "actionType",
  methods: Readonly<Record<string, unknown>>,
): Strike {
  const category = BUNDLE.categories.get("act");
  assert.ok(category !== undefined);
  return { engine: sabotaged({ [name]: overriding(category[name], methods) }) };
}

function withoutCheck(name: string, value: Json): Strike {
  const { names, values } = objectOf({ ...INPUT, [name]: null });
  const at = names.indexOf(name);
  const input = new JsonObject(
    names,
    values.map((each, i) => (i === at ? value : each)),
  );
  return { received: { category: "act", input } };
}
