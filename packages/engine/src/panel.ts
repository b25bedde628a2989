import { type Json, JsonObject } from "@writ/contract/json";
import { ask, type Evaluator } from "./evaluator.ts";
import type { EvaluatorAnswer } from "./verdict.ts";

/** An evaluator and its place in the bundle's order among those of its category. */
interface Place {
  readonly index: number;
  readonly evaluator: Evaluator;
}

/** Evaluators whose rules all begin by asking what stands at one path. */
interface Group {
  readonly path: readonly number[];
  readonly byValue: ReadonlyMap<Json, readonly Place[]>;
  readonly all: readonly Place[];
}

/** Anything but EXECUTE. */
export interface Objection extends Place {
  readonly answer: EvaluatorAnswer;
}

const NOBODY: readonly Place[] = Object.freeze([]);

/**
 * The evaluators of one category, with an index over the rules that begin with `input.x == 'a'`
 * or `input.x in ['a', 'b']`: where x is something else, such a rule is false before anything in
 * it could fail, so its answer is known without asking. Every other rule is asked each time.
 */
export class Panel {
  /** The answers, in the bundle's order, where nobody objects. */
  readonly #passed: readonly EvaluatorAnswer[];
  readonly #always: readonly Place[];
  readonly #groups: readonly Group[];

  constructor(evaluators: readonly Evaluator[]) {
    const places = evaluators.map((evaluator, index) => ({ evaluator, index }));
    const guarded = Map.groupBy(places, ({ evaluator }) => evaluator.rule.guard?.path.join());
    this.#passed = Object.freeze(evaluators.map(({ passed }) => passed));
    this.#always = guarded.get(undefined) ?? NOBODY;
    guarded.delete(undefined);
    this.#groups = [...guarded.values()].map(groupOf);
  }

  /** Whoever objects to the input, in the bundle's order. */
  objections(input: JsonObject): readonly Objection[] {
    const found: Objection[] = [];
    askAll(this.#always, input, found);
    for (const group of this.#groups) askAll(applicable(group, input), input, found);
    // Groups are asked one after the other: rules are pure, so only the order told counts.
    return found.length > 1 ? found.sort((a, b) => a.index - b.index) : found;
  }

  /** Every evaluator's answer, given who objects. Frozen. */
  answers(objections: readonly Objection[]): readonly EvaluatorAnswer[] {
    if (objections.length === 0) return this.#passed;
    // Spread, because V8 slices a frozen array fifty times slower.
    const answers = [...this.#passed];
    for (const { index, answer } of objections) answers[index] = answer;
    return Object.freeze(answers);
  }
}

function groupOf(places: readonly Place[]): Group {
  const byValue = new Map<Json, Place[]>();
  for (const place of places) {
    for (const value of new Set(place.evaluator.rule.guard?.values)) {
      const same = byValue.get(value);
      if (same === undefined) byValue.set(value, [place]);
      else same.push(place);
    }
  }
  return { path: places[0]?.evaluator.rule.guard?.path ?? [], byValue, all: places };
}

function askAll(places: readonly Place[], input: JsonObject, found: Objection[]): void {
  for (const { index, evaluator } of places) {
    const answer = ask(evaluator, input);
    if (answer === evaluator.passed) continue;
    // What answers outside the three words, or lets pass by another answer than its own, disagrees
    // with all of them (contract §3, §4).
    const isKnown = answer[1] === "BLOCK" || answer[1] === "REWRITE";
    found.push({ index, evaluator, answer: isKnown ? answer : evaluator.divided });
  }
}

/** Where the path leads nowhere the rules themselves fail, each in its own way: all are asked. */
function applicable(group: Group, input: JsonObject): readonly Place[] {
  let at: Json | undefined = input;
  for (const slot of group.path) at = at instanceof JsonObject ? at.values[slot] : undefined;
  return at === undefined ? group.all : (group.byValue.get(at) ?? NOBODY);
}
