import type { ShapeType } from "@writ/contract/shape-type";
import { compileCedar, type Judged } from "./cedar/compile.ts";
import type { CedarModule } from "./cedar/module.ts";
import { compileRule } from "./cel/compile.ts";
import { type Evaluator, evaluatorOf } from "./evaluator.ts";
import { type FaultCode, type FaultList, quoted } from "./fault.ts";
import { fault } from "./fields.ts";
import { unreachable } from "./reach.ts";
import type { CategoryText } from "./read-categories.ts";
import type { CategoryName, EvaluatorText } from "./read-constraints.ts";
import type { JudgeText } from "./read-judges.ts";
import { placeInScalar } from "./scalar-place.ts";
import { unanimous } from "./unanimous.ts";

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
  cedar: CedarModule | null,
  faults: FaultList,
): ReadonlyMap<string, readonly Evaluator[]> {
  const compiled = new Map<string, Evaluator[]>();
  for (const text of texts) {
    const seen = new Set<string>();
    const all = text.categories.flatMap(({ name }) => {
      const input = categories.get(name)?.type ?? null;
      return input === null ? [] : [{ category: name, input }];
    });
    for (const named of text.categories) {
      const type = typeOf(named, categories, faults);
      if (type === null) continue;
      const rule = compile({ text, category: named.name, type, all, cedar, seen, faults });
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

/** Everything that judges of one evaluator are compiled against. */
interface Bench {
  readonly text: EvaluatorText;
  readonly category: string;
  readonly type: ShapeType;
  /** All categories of the evaluator whose shape is sound. */
  readonly all: readonly Judged[];
  readonly cedar: CedarModule | null;
  /** What was said of the evaluator, so that a mistake met again over the next shape is not. */
  readonly seen: Set<string>;
  readonly faults: FaultList;
}

/** The evaluator's rule, or null where a judge does not compile. */
function compile(bench: Bench): Evaluator["rule"] | null {
  const rules = bench.text.judges.map((judge) => compileJudge(judge, bench));
  const compiled = rules.filter((rule) => rule !== null);
  if (compiled.length < rules.length) return null;
  const [only, ...others] = compiled;
  return only !== undefined && others.length === 0 ? only : unanimous(compiled);
}

function compileJudge(judge: JudgeText, bench: Bench): Evaluator["rule"] | null {
  const source = typeof judge.text.json === "string" ? judge.text.json : "";
  if (judge.language === "cel") {
    const compiled = compileRule(source, bench.type);
    const isAlone = bench.text.judges.length === 1;
    const why = isAlone && "rule" in compiled ? unreachable(source) : null;
    if (why !== null) report(judge, bench, "UNREACHABLE", { offset: 0, message: why });
    if ("rule" in compiled) return compiled.rule;
    for (const found of compiled.faults) report(judge, bench, `CEL_${found.code}`, found);
    return null;
  }
  // Why there is none is said where the bundle names it.
  if (bench.cedar === null) return null;
  const compiled = compileCedar(
    { ...judge, policies: source },
    { category: bench.category, input: bench.type },
    bench.all,
    bench.cedar,
  );
  if ("rule" in compiled) return compiled.rule;
  for (const found of compiled.faults) report(judge, bench, `CEDAR_${found.code}`, found);
  return null;
}

function report(
  judge: JudgeText,
  { text, category, seen, faults }: Bench,
  code: FaultCode,
  { offset, message }: { readonly offset: number; readonly message: string },
): void {
  const at = placeInScalar(judge.text, offset);
  const { source } = judge.text;
  const key = `${source.path} ${at} ${code} ${message}`;
  if (seen.has(key)) return;
  seen.add(key);
  faults.add(source, at, code, `${message} (evaluator ${text.name}, category ${category})`);
}
