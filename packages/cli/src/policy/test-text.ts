import type { Place } from "@writ/engine/anatomy";
import type { Fault } from "@writ/engine/fault";
import type { Expected } from "./case.ts";
import type { Goal } from "./coverage.ts";
import type { Diagnostic } from "./diagnosis.ts";
import { diagnosticText, shown } from "./diagnostic-text.ts";
import { linesOf, unifiedDiff } from "./evaluator-text.ts";
import type { Mutant } from "./mutants.ts";
import type { Fate } from "./mutation-run.ts";
import type { Ran } from "./run-cases.ts";
import { coverageRatio, outcomeOf, type Thresholds } from "./test-outcome.ts";
import type { TestResult, Texts } from "./test-run.ts";

type Tell = (
  severity: Diagnostic["severity"],
  place: Place,
  code: string,
  message: string,
) => string;

function teller(texts: Texts): Tell {
  return (severity, { path, line, column }, code, message) => {
    const source = texts.get(path)?.split(/\r\n|\r|\n/)[line - 1] ?? "";
    return diagnosticText({ severity, path, line, column, code, message, source });
  };
}

export function faultsText(faults: readonly Fault[], texts: Texts): string {
  const tell = teller(texts);
  const told = faults.map((fault) => `${tell("error", fault, fault.code, fault.message)}\n`);
  return `${told.join("")}${faults.length} to mend before anything is tested\n`;
}

/** All that should be looked at, compiler-style, and what it comes to. */
export function resultText(result: TestResult, thresholds: Thresholds, texts: Texts): string {
  const tell = teller(texts);
  const { coverageMet, mutationMet } = outcomeOf(result, thresholds);
  const parts = [
    ...result.ran.filter((each) => !each.passed).map((each) => failureText(each, tell)),
    ...result.failedCanaries.map((each) => {
      const message = `${each.category} must ${each.expected} this canary by policy, and gave ${each.outcome} (${each.reason})`;
      return tell("error", each, "CANARY_FAILED", message);
    }),
    ...result.goals
      .filter((goal) => !goal.reached)
      .map((goal) =>
        tell(coverageMet ? "warning" : "error", goal.place, "NOT_COVERED", missed(goal)),
      ),
    ...(result.mutation?.tried ?? [])
      .filter(({ fate }) => fate === "survived")
      .map(({ mutant }) => survivorText(mutant, mutationMet ? "warning" : "error", tell)),
    ...(result.mutation?.untrue ?? []).map(({ entry, why }) =>
      tell("error", entry.place, "MUTANT", why),
    ),
  ];
  return `${parts.map((part) => `${part}\n`).join("")}${summary(result)}`;
}

function failureText({ case: asked, verdict }: Ran, tell: Tell): string {
  const { outcome, reason_code: reason, rewrite_class: rewriteClass, evaluators } = verdict;
  const objected = evaluators.filter(([, answer]) => answer !== "EXECUTE");
  const rows = [
    ["expected", answerText(asked.expected)],
    ["actual", answerText({ outcome, reason, rewriteClass })],
    ...objected.map(([name, answer, why]) => ["objected", `${name}: ${answer} ${why ?? ""}`]),
  ];
  const lines = rows.map(([label, text]) => `      = ${label?.padEnd(8)} ${text}\n`).join("");
  return tell("error", asked.place, "CASE_FAILED", `${asked.name}: not as expected`) + lines;
}

export function answerText({ outcome, reason, rewriteClass }: Expected): string {
  return rewriteClass === null ? `${outcome} ${reason}` : `${outcome} ${reason} (${rewriteClass})`;
}

const MISSED: Readonly<Record<Goal["side"], string>> = {
  objects: "never objects in a case: add an input that it is there for",
  passes: "never passes in a case: add an input that it lets through",
  true: "was never true in a case: add an input for which it is",
  false: "was never false in a case: add an input for which it is",
};

export function missed({ what, side }: Goal): string {
  return `${what} ${MISSED[side]}`;
}

function survivorText(mutant: Mutant, severity: Diagnostic["severity"], tell: Tell): string {
  const message = `no case notices this change to ${mutant.evaluator}: ${mutant.change}`;
  return `${tell(severity, mutant.place, "SURVIVED", message)}${diffLines(mutant).join("\n")}\n`;
}

/** The change in the manner of `diff -u`. */
export function diffLines(mutant: Mutant): readonly string[] {
  const { path, line } = mutant.place;
  const [before, after] = [mutant.before, mutant.after].map((texts) => texts.flatMap(linesOf));
  return [
    `--- ${path}:${line} ${mutant.evaluator}`,
    "+++ mutant",
    ...unifiedDiff(before ?? [], after ?? []),
  ].map(shown);
}

/** Rounded down: only all of it reads as all of it. */
export function portion(ratio: number, digits: number): string {
  const scale = 10 ** digits;
  return (Math.floor(ratio * scale) / scale).toFixed(digits);
}

const FATES: readonly Fate["fate"][] = [
  ...(["killed", "not loaded", "not armed", "equivalent", "survived"] as const),
];

function summary(result: TestResult): string {
  const { ran, goals, mutation, failedCanaries, canaries } = result;
  const passed = ran.filter((each) => each.passed).length;
  const reached = goals.filter((goal) => goal.reached).length;
  const percent = portion(coverageRatio(result) * 100, 1);
  const lines = [
    `cases     ${passed} of ${ran.length} pass; ${canaries - failedCanaries.length} of ${canaries} canaries hold`,
    `coverage  ${reached} of ${goals.length} (${percent} %)`,
    `mutation  ${mutation === null ? "not tried" : mutationSummary(mutation.tried, mutation.score)}`,
  ];
  return `${result.folder}: ${result.engineVersion}\n${lines.join("\n")}\n`;
}

function mutationSummary(tried: readonly { readonly fate: Fate["fate"] }[], score: number): string {
  const counts = FATES.map(
    (fate) => `${tried.filter((each) => each.fate === fate).length} ${fate}`,
  );
  return `score ${portion(score, 3)} of ${tried.length} mutants: ${counts.join(", ")}`;
}
