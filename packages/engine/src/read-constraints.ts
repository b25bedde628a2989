import type { Outcome } from "@writ/contract/outcome";
import { type FaultList, quoted } from "./fault.ts";
import {
  fault,
  fieldsOf,
  itemsOf,
  type Keys,
  NAME,
  REWRITE_CLASS,
  reasonOf,
  textOf,
  wordOf,
} from "./fields.ts";
import type { Located } from "./located.ts";
import { type JudgeText, readJudges } from "./read-judges.ts";

/** One evaluator as its author wrote it; its rules are still text. */
export interface EvaluatorText {
  readonly at: Located;
  /** Place of its constraint in the bundle's order, from 0: the lower, the higher its priority. */
  readonly constraint: number;
  readonly name: string;
  readonly categories: readonly CategoryName[];
  /** At least one; two or more must be unanimous. */
  readonly judges: readonly JudgeText[];
  readonly outcome: Exclude<Outcome, "EXECUTE">;
  readonly reason: string;
  readonly rewriteClass: string | null;
}

export interface CategoryName {
  readonly at: Located;
  readonly name: string;
}

const CONSTRAINT: Keys = { what: "a constraint", required: ["name", "evaluators"], optional: [] };
const EVALUATOR: Keys = {
  what: "an evaluator",
  required: ["name", "categories", "then", "reason"],
  optional: ["when", "judges", "rewrite_class"],
};

export interface Constraints {
  /** Highest constraint first; an evaluator that lacks a part is left out, with a fault. */
  readonly evaluators: readonly EvaluatorText[];
  /** Every category that some evaluator names, one that is left out included. */
  readonly named: ReadonlySet<string>;
}

export function readConstraints(list: Located | undefined, faults: FaultList): Constraints {
  const named = new Set<string>();
  const names = { constraint: new Set<string>(), evaluator: new Set<string>() };
  const evaluators: EvaluatorText[] = [];
  for (const [index, at] of itemsOf(list, "constraints", faults).entries()) {
    const fields = fieldsOf(at, CONSTRAINT, faults);
    uniqueName(fields.get("name"), "constraint", names.constraint, faults);
    const items = itemsOf(fields.get("evaluators"), "evaluators", faults);
    if (items.length === 0 && fields.get("evaluators")?.items != null) {
      fault(at, "NO_EVALUATOR", "a constraint needs an evaluator: add one or remove it", faults);
    }
    for (const item of items) {
      const fields = fieldsOf(item, EVALUATOR, faults);
      const categories = readCategoryNames(fields.get("categories"), faults);
      for (const category of categories) named.add(category.name);
      const evaluator = readEvaluator(item, fields, names.evaluator, faults);
      if (evaluator !== null) evaluators.push({ ...evaluator, constraint: index, categories });
    }
  }
  return { evaluators, named };
}

function readEvaluator(
  at: Located,
  fields: ReadonlyMap<string, Located>,
  names: Set<string>,
  faults: FaultList,
): Omit<EvaluatorText, "constraint" | "categories"> | null {
  const name = uniqueName(fields.get("name"), "evaluator", names, faults);
  const judges = readJudges(at, fields, faults);
  const outcome = readOutcome(fields.get("then"), faults);
  const reason = reasonOf(fields.get("reason"), faults);
  const rewriteClass = readRewriteClass(at, fields.get("rewrite_class"), outcome, faults);
  if (name === null || judges === null) return null;
  if (outcome === null || reason === null || rewriteClass === undefined) return null;
  return { at, name, judges, outcome, reason, rewriteClass };
}

function uniqueName(
  at: Located | undefined,
  what: string,
  taken: Set<string>,
  faults: FaultList,
): string | null {
  const name = wordOf(at, NAME, faults);
  if (name === null || at === undefined) return null;
  if (taken.has(name)) {
    fault(
      at,
      "DUPLICATE_NAME",
      `another ${what} is called ${quoted(name)}: rename one of them`,
      faults,
    );
  }
  taken.add(name);
  return name;
}

function readCategoryNames(list: Located | undefined, faults: FaultList): readonly CategoryName[] {
  const names: CategoryName[] = [];
  const items = itemsOf(list, "categories", faults);
  if (list?.items?.length === 0) {
    const message = "an evaluator of no category is never asked: name a category or remove it";
    fault(list, "UNREACHABLE", message, faults);
  }
  for (const at of items) {
    const name = textOf(at, "a category", faults);
    if (name === null) continue;
    if (names.some((other) => other.name === name)) {
      fault(
        at,
        "DUPLICATE_NAME",
        `the category ${quoted(name)} stands here twice: remove one`,
        faults,
      );
    } else names.push({ at, name });
  }
  return names;
}

function readOutcome(at: Located | undefined, faults: FaultList): EvaluatorText["outcome"] | null {
  if (at === undefined) return null;
  if (at.json === "BLOCK" || at.json === "REWRITE") return at.json;
  const message = "then is BLOCK or REWRITE: what no evaluator stops is executed anyway";
  fault(at, "OUTCOME", message, faults);
  return null;
}

/** The class, null where none belongs, undefined where a fault was found. */
function readRewriteClass(
  evaluator: Located,
  at: Located | undefined,
  outcome: EvaluatorText["outcome"] | null,
  faults: FaultList,
): string | null | undefined {
  if (outcome === "REWRITE") {
    if (at !== undefined) return wordOf(at, REWRITE_CLASS, faults) ?? undefined;
    const message = "add a rewrite_class: REWRITE says which rewrite is wanted";
    fault(evaluator, "REWRITE_CLASS", message, faults);
    return undefined;
  }
  if (at === undefined) return null;
  if (outcome === "BLOCK") {
    fault(at, "REWRITE_CLASS", "only REWRITE has a rewrite_class: remove it", faults);
  }
  return undefined;
}
