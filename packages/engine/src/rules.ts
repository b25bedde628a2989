import type { ShapeType } from "@writ/contract/shape-type";
import { compileRule, type Rule } from "./cel/compile.ts";
import { type Evaluator, evaluatorOf } from "./evaluator.ts";
import { type FaultList, quoted } from "./fault.ts";
import { fault } from "./fields.ts";
import type { CategoryText } from "./read-categories.ts";
import type { CategoryName, EvaluatorText } from "./read-constraints.ts";
import { placeInScalar } from "./scalar-place.ts";

/** What an evaluator's rule is checked against; `type` is null where the shape is at fault. */
export interface RuledCategory {
  readonly text: CategoryText;
  readonly type: ShapeType | null;
}

/**
 * The evaluators of each category, highest constraint first. An evaluator of several categories is
 * compiled for each of them, since the same expression may be sound over one shape and not over
 * another.
 */
export function compileEvaluators(
  texts: readonly EvaluatorText[],
  categories: ReadonlyMap<string, RuledCategory>,
  faults: FaultList,
): ReadonlyMap<string, readonly Evaluator[]> {
  const compiled = new Map<string, Evaluator[]>();
  for (const text of texts) {
    const seen = new Set<string>();
    for (const named of text.categories) {
      const type = typeOf(named, categories, faults);
      const rule = type === null ? null : compile(text, named.name, type, seen, faults);
      if (rule === null) continue;
      const evaluators = compiled.get(named.name) ?? [];
      evaluators.push(evaluatorOf({ ...text, rule }));
      compiled.set(named.name, evaluators);
    }
  }
  return compiled;
}

function typeOf(
  { at, name }: CategoryName,
  categories: ReadonlyMap<string, RuledCategory>,
  faults: FaultList,
): ShapeType | null {
  const category = categories.get(name);
  if (category === undefined) {
    const known = [...categories.keys()].join(", ");
    fault(
      at,
      "UNKNOWN_CATEGORY",
      `there is no category ${quoted(name)}: name one of ${known}`,
      faults,
    );
    return null;
  }
  if (category.text.always === null) return category.type;
  const message = `the category ${name} is always BLOCK and asks nobody: take it out of this list`;
  fault(at, "UNREACHABLE", message, faults);
  return null;
}

function compile(
  text: EvaluatorText,
  category: string,
  type: ShapeType,
  seen: Set<string>,
  faults: FaultList,
): Rule | null {
  const source = typeof text.when.json === "string" ? text.when.json : "";
  const compiled = compileRule(source, type);
  if ("rule" in compiled) return compiled.rule;
  for (const { offset, code, message } of compiled.faults) {
    const key = `${offset} ${code} ${message}`;
    // The same mistake in the same expression, met again over the next category's shape.
    if (seen.has(key)) continue;
    seen.add(key);
    const at = placeInScalar(text.when, offset);
    const says = `${message} (evaluator ${text.name}, category ${category})`;
    faults.add(text.when.source, at, `CEL_${code}`, says);
  }
  return null;
}
