import { type Place, placeInJudge } from "@writ/engine/anatomy";
import { parse } from "@writ/engine/cel/parser";
import { print } from "@writ/engine/cel/print";
import type { Expr } from "@writ/engine/cel/syntax";
import { traceRule } from "@writ/engine/cel/trace";
import type { EvaluatorText } from "@writ/engine/read-constraints";
import type { JudgeText } from "@writ/engine/read-judges";
import { conditionsOf } from "./conditions.ts";
import type { Ran } from "./run-cases.ts";
import type { Subject } from "./subject.ts";

/** One thing that some case should have brought about. */
export interface Goal {
  readonly evaluator: string;
  readonly place: Place;
  /** What was looked at, and what should have become of it at least once. */
  readonly what: string;
  readonly side: "objects" | "passes" | "true" | "false";
  readonly reached: boolean;
}

/** What the cases made the rules of a bundle do, and what none of them did. */
export function coverageOf(subject: Subject, ran: readonly Ran[]): readonly Goal[] {
  const byCategory = Map.groupBy(ran, (each) => each.case.category);
  const judged = (category: string): readonly Ran[] =>
    (byCategory.get(category) ?? []).filter((each) => each.judged !== null);
  return subject.anatomy.evaluators.flatMap((text) => [
    ...text.categories.flatMap(({ name }) => answerGoals(text, name, judged(name))),
    ...text.judges.flatMap((judge) => conditionGoals(subject, text, judge, judged)),
  ]);
}

function answerGoals(text: EvaluatorText, category: string, ran: readonly Ran[]): readonly Goal[] {
  const answers = ran.map(({ verdict }) => verdict.evaluators.find(([name]) => name === text.name));
  // A rule that failed, or judges that differ, have neither objected nor passed.
  const objects = answers.some((answer) => answer?.[2] === text.reason);
  const passes = answers.some((answer) => answer?.[1] === "EXECUTE");
  const base = {
    evaluator: text.name,
    place: { path: text.at.source.path, ...text.at.source.place(text.at.start) },
    what: `${text.name} in ${category}`,
  };
  return [
    { ...base, side: "objects", reached: objects },
    { ...base, side: "passes", reached: passes },
  ];
}

function conditionGoals(
  subject: Subject,
  text: EvaluatorText,
  judge: JudgeText,
  judged: (category: string) => readonly Ran[],
): readonly Goal[] {
  if (judge.language !== "cel") return [];
  const rule = parse(String(judge.text.json));
  const seen = new Map<Expr, Set<unknown>>();
  for (const { name } of text.categories) {
    watch(subject, rule, name, judged(name), (expr, value) => {
      const values = seen.get(expr) ?? new Set();
      seen.set(expr, values.add(value));
    });
  }
  return conditionsOf(rule).flatMap((condition) => {
    const base = {
      evaluator: text.name,
      place: placeInJudge(judge, condition.at),
      what: print(condition),
    };
    return [true, false].map((side): Goal => {
      const reached = seen.get(condition)?.has(side) === true;
      return { ...base, side: side ? "true" : "false", reached };
    });
  });
}

/** Runs a rule over what the cases of a category gave it to judge. */
function watch(
  subject: Subject,
  rule: Expr,
  category: string,
  ran: readonly Ran[],
  saw: (expr: Expr, value: unknown) => void,
): void {
  const type = subject.bundle.categories.get(category)?.shape.type;
  if (type === undefined) return;
  const traced = traceRule(rule, type, { saw, failed: () => {} });
  if ("faults" in traced) return;
  for (const { judged } of ran) {
    if (judged === null) continue;
    try {
      traced.rule.evaluate(judged);
    } catch {
      // A failure is an answer of its own; what was seen before it counts.
    }
  }
}
