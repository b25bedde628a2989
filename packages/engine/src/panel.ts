import { type Json, JsonObject } from "@writ/contract/json";
import type { Guard } from "./cel/guard.ts";
import type { OrderOperator } from "./cel/syntax.ts";
import { ask, type Evaluator } from "./evaluator.ts";
import type { EvaluatorAnswer } from "./verdict.ts";

/** An evaluator and its place in the bundle's order among those of its category. */
interface Place {
  readonly index: number;
  readonly evaluator: Evaluator;
}

/** Evaluators whose rules all begin by asking the same of what stands at one path. */
interface Group {
  readonly path: readonly number[];
  readonly all: readonly Place[];
  /** Asks those whose rules the value does not make false at once. */
  ask(value: Json, input: JsonObject, found: Objection[]): void;
}

/** Anything but EXECUTE. */
export interface Objection extends Place {
  readonly answer: EvaluatorAnswer;
}

const NOBODY: readonly Place[] = Object.freeze([]);

/**
 * The evaluators of one category, with an index over the rules that begin with `input.x == 'a'`,
 * `input.x in ['a', 'b']` or `input.x > 5`: where x is something else, such a rule is false before
 * anything in it could fail, so its answer is known without asking. Every other is asked each time.
 */
export class Panel {
  /** The answers, in the bundle's order, where nobody objects. */
  readonly #passed: readonly EvaluatorAnswer[];
  readonly #always: readonly Place[];
  readonly #groups: readonly Group[];

  constructor(evaluators: readonly Evaluator[]) {
    const places = evaluators.map((evaluator, index) => ({ evaluator, index }));
    const guarded = Map.groupBy(places, ({ evaluator }) => questionOf(evaluator.rule.guard));
    this.#passed = Object.freeze(evaluators.map(({ passed }) => passed));
    this.#always = guarded.get(undefined) ?? NOBODY;
    guarded.delete(undefined);
    this.#groups = [...guarded.values()].flatMap(groupOf);
  }

  /** Whoever objects to the input, in the bundle's order. */
  objections(input: JsonObject): readonly Objection[] {
    const found: Objection[] = [];
    askAll(this.#always, input, found);
    for (const group of this.#groups) {
      const value = valueAt(group.path, input);
      // Where the path leads nowhere the rules themselves fail, each in its own way.
      if (value === undefined) askAll(group.all, input, found);
      else group.ask(value, input, found);
    }
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

function questionOf(guard: Guard | undefined): string | undefined {
  if (guard === undefined) return undefined;
  return `${"order" in guard ? guard.order : "=="} ${guard.path.join()}`;
}

/** One group, of places whose guards ask one question; none without a place. */
function groupOf(places: readonly Place[]): readonly Group[] {
  const guard = places[0]?.evaluator.rule.guard;
  if (guard === undefined) return [];
  return ["order" in guard ? new ByLimit(guard, places) : new ByValue(guard, places)];
}

class ByValue implements Group {
  readonly path: readonly number[];
  readonly all: readonly Place[];
  readonly #byValue: ReadonlyMap<Json, readonly Place[]>;

  constructor({ path }: Guard, places: readonly Place[]) {
    const pairs = places.flatMap((place) => {
      const { guard } = place.evaluator.rule;
      const values = guard !== undefined && "values" in guard ? guard.values : [];
      return [...new Set(values)].map((value) => ({ value, place }));
    });
    this.path = path;
    this.all = places;
    this.#byValue = new Map(
      [...Map.groupBy(pairs, ({ value }) => value)].map(([value, those]) => {
        return [value, those.map(({ place }) => place)];
      }),
    );
  }

  ask(value: Json, input: JsonObject, found: Objection[]): void {
    askAll(this.#byValue.get(value) ?? NOBODY, input, found);
  }
}

const HOLDS: Readonly<Record<OrderOperator, (value: number, limit: number) => boolean>> = {
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

class ByLimit implements Group {
  readonly path: readonly number[];
  readonly all: readonly Place[];
  readonly #limits: readonly { readonly limit: number; readonly place: Place }[];
  readonly #holds: (value: number, limit: number) => boolean;

  constructor(guard: Guard & { readonly order: OrderOperator }, places: readonly Place[]) {
    const { path, order } = guard;
    const limits = places.flatMap((place) => {
      const own = place.evaluator.rule.guard;
      return own !== undefined && "limit" in own ? [{ limit: own.limit, place }] : [];
    });
    // The limit that a value is likeliest to pass comes first: behind one that it does not, it
    // passes none.
    const upward = order === ">" || order === ">=";
    this.path = path;
    this.all = places;
    this.#limits = limits.sort((a, b) => (upward ? a.limit - b.limit : b.limit - a.limit));
    this.#holds = HOLDS[order];
  }

  ask(value: Json, input: JsonObject, found: Objection[]): void {
    if (typeof value !== "number") {
      askAll(this.all, input, found);
      return;
    }
    for (const { limit, place } of this.#limits) {
      if (!this.#holds(value, limit)) return;
      askOne(place, input, found);
    }
  }
}

function askAll(places: readonly Place[], input: JsonObject, found: Objection[]): void {
  for (const place of places) askOne(place, input, found);
}

function askOne({ index, evaluator }: Place, input: JsonObject, found: Objection[]): void {
  const answer = ask(evaluator, input);
  if (answer === evaluator.passed) return;
  // What answers outside the three words, or lets pass by another answer than its own, disagrees
  // with all of them (contract §3, §4).
  const isKnown = answer[1] === "BLOCK" || answer[1] === "REWRITE";
  found.push({ index, evaluator, answer: isKnown ? answer : evaluator.divided });
}

function valueAt(path: readonly number[], input: JsonObject): Json | undefined {
  let at: Json | undefined = input;
  for (const slot of path) at = at instanceof JsonObject ? at.values[slot] : undefined;
  return at;
}
