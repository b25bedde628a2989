import { shown } from "./diagnostic-text.ts";
import type { EvaluatorExplanation, Explanation, JudgeExplanation } from "./explanation.ts";

/** Characters of one value that are shown. */
const WIDTH = 100;
/** Characters of a part of a rule that values are lined up behind. */
const COLUMN = 60;

/** An explanation for people. */
export function explanationText(explanation: Explanation): string {
  const { identity, verdict, refusal, evaluators } = explanation;
  const lines = [
    row("normal form", identity.normal_form),
    row("category", identity.enforcement_category),
    row("engine version", identity.engine_version),
    row("trace_id", identity.trace_id),
    row("action_type", verdict.action_type),
    "",
    ...(refusal === null ? [] : refusalLines(refusal)),
    ...constraintLines(evaluators),
    row("outcome", verdict.outcome),
    row("reason", verdict.reason_code),
    ...(verdict.rewrite_class === null ? [] : [row("rewrite_class", verdict.rewrite_class)]),
    row("decided by", groundText(explanation)),
  ];
  return `${lines.map(shown).join("\n")}\n`;
}

function row(label: string, text: string): string {
  return `${label.padEnd(15)} ${text}`;
}

function refusalLines({ what, places }: NonNullable<Explanation["refusal"]>): readonly string[] {
  const rows = places.map(({ pointer, refusal, why }) => {
    return `  ${refusal.padEnd(24)} ${pointer === "" ? "the input" : pointer} ${why}`;
  });
  return [`refused before any rule: ${what}`, ...rows, ""];
}

function constraintLines(evaluators: readonly EvaluatorExplanation[]): readonly string[] {
  return [...Map.groupBy(evaluators, (each) => each.constraint)].flatMap(([constraint, each]) => [
    `constraint ${constraint}`,
    ...each.flatMap(evaluatorLines),
    "",
  ]);
}

function evaluatorLines({
  name,
  place,
  answer,
  judges,
  rewriteClass,
}: EvaluatorExplanation): readonly string[] {
  const [, outcome, reason] = answer;
  const said = [outcome, reason, outcome === "REWRITE" ? rewriteClass : null];
  const at = `${place.path}:${place.line}:${place.column}`;
  return [
    `  ${name}: ${said.filter((each) => each !== null).join(" ")}  (${at})`,
    ...judges.flatMap((judge, index) => judgeLines(judge, judges.length > 1 ? index + 1 : 0)),
  ];
}

function judgeLines(judge: JudgeExplanation, number: number): readonly string[] {
  const label = number === 0 ? "" : `judge ${number} `;
  const answer = judge.answer === null ? "fails" : String(judge.answer);
  if (judge.language === "cedar") return [`    ${label}in Cedar: ${answer}`];
  const width = Math.min(COLUMN, Math.max(0, ...judge.steps.map((step) => step.expression.length)));
  return [
    ...(number === 0 ? [] : [`    ${label}in CEL: ${answer}`]),
    ...judge.steps.map(({ expression, value, failed }) => {
      const part = expression === judge.source && expression.length > COLUMN ? WHOLE : expression;
      return `    ${part.padEnd(width)} ${failed ? "!" : "="} ${cut(value)}`;
    }),
    ...(judge.more === 0 ? [] : [`    … and ${judge.more} more of the same`]),
    ...judge.notAsked.map((condition) => `    ${condition.padEnd(width)}   not asked`),
  ];
}

const WHOLE = "the whole rule";

function cut(text: string): string {
  return text.length > WIDTH ? `${text.slice(0, WIDTH).toWellFormed()}…` : text;
}

function groundText({ verdict, refusal, ground }: Explanation): string {
  if (ground?.evaluator === null) {
    return `constraint ${ground.constraint}, whose evaluators ask for different rewrites`;
  }
  if (ground !== null) return `constraint ${ground.constraint}, evaluator ${ground.evaluator}`;
  if (refusal !== null) return "the refusal";
  if (verdict.reason_code === "INTERNAL_ERROR") return "a failure of the engine: report it";
  if (verdict.outcome === "EXECUTE") return "nobody objects";
  return "the category, which is always BLOCK";
}
