import type { JsonObject } from "@writ/contract/json";
import { isFailureReason } from "@writ/contract/reason";
import { judgedValue } from "@writ/engine/anatomy";
import { judge } from "@writ/engine/evaluator";
import type { Panel } from "@writ/engine/panel";
import type { Case } from "./case.ts";
import type { Equivalent } from "./equivalents.ts";
import type { Mutant } from "./mutants.ts";
import { isAs, type Ran } from "./run-cases.ts";
import type { Subject } from "./subject.ts";

/** What became of a mutant. */
export type Fate =
  | { readonly fate: "killed"; readonly by: Case }
  /** It would not load, or a canary would keep it from arming; no case was needed. */
  | { readonly fate: "not loaded" | "not armed" }
  | { readonly fate: "survived" }
  | { readonly fate: "equivalent"; readonly reason: string };

export type Tried = Fate & { readonly mutant: Mutant };

/** Judges the same normal forms again, by the panels of a mutant. */
export class MutantTrial {
  readonly #cases: ReadonlyMap<string, readonly Ran[]>;
  readonly #canaries: ReadonlyMap<string, readonly Alarm[]>;
  readonly #equivalents: ReadonlyMap<string, Equivalent>;

  /** @param ran cases that pass on the bundle itself */
  constructor(subject: Subject, ran: readonly Ran[], equivalents: readonly Equivalent[]) {
    this.#cases = Map.groupBy(ran, (each) => each.case.category);
    this.#canaries = Map.groupBy(alarmsOf(subject), (each) => each.category);
    this.#equivalents = new Map(
      equivalents.map((each) => [keyOf(each.evaluator, each.mutant), each]),
    );
  }

  try(mutant: Mutant): Tried {
    return { mutant, ...this.#fate(mutant) };
  }

  #fate(mutant: Mutant): Fate {
    const panels = mutant.apply();
    if (panels === null) return { fate: "not loaded" };
    for (const [category, panel] of panels) {
      const by = this.#cases.get(category)?.find((ran) => !passes(ran, panel));
      if (by !== undefined) return { fate: "killed", by: by.case };
    }
    for (const [category, panel] of panels) {
      if (this.#canaries.get(category)?.some((alarm) => rings(alarm, panel)) === true) {
        return { fate: "not armed" };
      }
    }
    const marked = this.#equivalents.get(keyOf(mutant.evaluator, mutant.change));
    return marked === undefined
      ? { fate: "survived" }
      : { fate: "equivalent", reason: marked.reason };
  }
}

/** Entries of which there is no mutant, or whose mutant does not behave as the bundle does. */
export function untrueEntries(
  equivalents: readonly Equivalent[],
  tried: readonly Tried[],
): readonly { readonly entry: Equivalent; readonly why: string }[] {
  const fates = new Map(
    tried.map((each) => [keyOf(each.mutant.evaluator, each.mutant.change), each]),
  );
  return equivalents.flatMap((entry) => {
    const found = fates.get(keyOf(entry.evaluator, entry.mutant));
    if (found?.fate === "equivalent") return [];
    return [{ entry, why: found === undefined ? NO_MUTANT : whyNot(found) }];
  });
}

const NO_MUTANT = "there is no such mutant of this bundle: remove the entry, or copy it anew";

function whyNot(tried: Tried): string {
  const told =
    tried.fate === "killed"
      ? `the case ${JSON.stringify(tried.by.name)} fails`
      : "it does not load or arm";
  return `this mutant is not equivalent, because ${told}: remove the entry`;
}

/** The part of all mutants that something noticed, those aside that nothing can notice; 1 of none. */
export function scoreOf(tried: readonly Tried[]): number {
  const count = (fate: Fate["fate"]): number => tried.filter((each) => each.fate === fate).length;
  const all = tried.length - count("equivalent");
  return all === 0 ? 1 : (all - count("survived")) / all;
}

function keyOf(evaluator: string, change: string): string {
  return `${evaluator}\n${change}`;
}

function passes({ case: { expected }, judged }: Ran, panel: Panel): boolean {
  return judged === null || isAs(expected, judge(panel, judged));
}

/** A canary as evaluators see it. */
interface Alarm {
  readonly category: string;
  readonly expected: "BLOCK" | "EXECUTE";
  readonly value: JsonObject;
}

function alarmsOf({ bundle }: Subject): readonly Alarm[] {
  return bundle.canaries.flatMap(({ category, expected, input, host }) => {
    const ruled = bundle.categories.get(category);
    const value = ruled === undefined ? null : judgedValue(ruled, input, host);
    return value === null ? [] : [{ category, expected, value }];
  });
}

function rings({ expected, value }: Alarm, panel: Panel): boolean {
  const { outcome, reason } = judge(panel, value);
  return outcome !== expected || isFailureReason(reason);
}
