import { outcomeOf, type Thresholds } from "./test-outcome.ts";
import type { TestResult } from "./test-run.ts";
import { answerText, diffLines, missed } from "./test-text.ts";

interface Test {
  readonly name: string;
  readonly of: string;
  readonly file: string;
  readonly line: number;
  /** Empty if it passed. */
  readonly failure: string;
}

/**
 * A run of tests as JUnit's XML, for build servers. What misses a threshold is a failed test too,
 * in a suite of its own, so that the file says no whenever the exit code does.
 */
export function junitXml(result: TestResult, thresholds: Thresholds): string {
  const byFile = Map.groupBy(result.ran, (each) => each.case.place.path);
  const { coverageMet, mutationMet } = outcomeOf(result, thresholds);
  const suites = [
    ...[...byFile].map(([path, ran]) => suite(path, ran.map(caseTest))),
    suite("canaries", canaryTests(result)),
    ...(coverageMet ? [] : [suite("coverage", coverageTests(result))]),
    ...(mutationMet ? [] : [suite("mutation", mutationTests(result))]),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escaped(result.folder)}">\n${suites.join("")}</testsuites>\n`;
}

function caseTest({ case: asked, verdict, passed }: TestResult["ran"][number]): Test {
  const actual = answerText({
    outcome: verdict.outcome,
    reason: verdict.reason_code,
    rewriteClass: verdict.rewrite_class,
  });
  return {
    name: asked.name,
    of: asked.category,
    file: asked.place.path,
    line: asked.place.line,
    failure: passed ? "" : `expected ${answerText(asked.expected)}, actual ${actual}`,
  };
}

function canaryTests({ failedCanaries, canaries }: TestResult): readonly Test[] {
  const failed = failedCanaries.map((each) => ({
    name: `canary at ${each.path}:${each.line}`,
    of: each.category,
    file: each.path,
    line: each.line,
    failure: `expected ${each.expected}, actual ${each.outcome} ${each.reason}`,
  }));
  const held = { name: "canaries that hold", of: "canaries", file: "", line: 0, failure: "" };
  return failed.length < canaries ? [...failed, held] : failed;
}

function coverageTests({ goals }: TestResult): readonly Test[] {
  return goals
    .filter((goal) => !goal.reached)
    .map((goal) => ({
      name: missed(goal),
      of: goal.evaluator,
      file: goal.place.path,
      line: goal.place.line,
      failure: missed(goal),
    }));
}

function mutationTests({ mutation }: TestResult): readonly Test[] {
  if (mutation === null) {
    const failure = "mutants are tried only where every case passes";
    return [{ name: "mutants", of: "mutation", file: "", line: 0, failure }];
  }
  const survivors = mutation.tried.filter(({ fate }) => fate === "survived");
  return [
    ...survivors.map(({ mutant }) => ({
      name: mutant.change,
      of: mutant.evaluator,
      file: mutant.place.path,
      line: mutant.place.line,
      failure: diffLines(mutant).join("\n"),
    })),
    ...mutation.untrue.map(({ entry, why }) => ({
      name: entry.mutant,
      of: entry.evaluator,
      file: entry.place.path,
      line: entry.place.line,
      failure: why,
    })),
  ];
}

function suite(name: string, tests: readonly Test[]): string {
  const failures = tests.filter((each) => each.failure !== "").length;
  const head = `  <testsuite name="${escaped(name)}" tests="${tests.length}" failures="${failures}">\n`;
  return `${head}${tests.map(testXml).join("")}  </testsuite>\n`;
}

function testXml({ name, of, file, line, failure }: Test): string {
  const place = file === "" ? "" : ` file="${escaped(file)}" line="${line}"`;
  const head = `    <testcase name="${escaped(name)}" classname="${escaped(of)}"${place}`;
  if (failure === "") return `${head}/>\n`;
  const [message = ""] = failure.split("\n");
  return `${head}>\n      <failure message="${escaped(message)}">${escaped(failure)}</failure>\n    </testcase>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** XML has no way to write most control characters at all. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\ufffd")
    .replaceAll(/[&<>"]/g, (each) => ENTITIES[each] ?? each);
}
