import { ParseFailed } from "@writ/engine/cel/fault";
import { parse } from "@writ/engine/cel/parser";
import { printLines } from "@writ/engine/cel/print";
import type { EvaluatorText } from "@writ/engine/read-constraints";

/** An evaluator as it would stand in a bundle, every rule in one layout so that two compare well. */
export function linesOf(evaluator: EvaluatorText): readonly string[] {
  const { name, categories, judges, outcome, reason, rewriteClass } = evaluator;
  const [first, ...others] = judges;
  const rules =
    first?.language === "cel" && others.length === 0
      ? block("  when", celLines(first.text.json))
      : ["  judges:", ...judges.flatMap((judge) => judgeLines(judge))];
  return [
    `- name: ${name}`,
    `  categories: [${categories.map((each) => each.name).join(", ")}]`,
    ...rules,
    `  then: ${outcome}`,
    ...(rewriteClass === null ? [] : [`  rewrite_class: ${rewriteClass}`]),
    `  reason: ${reason}`,
  ];
}

function judgeLines(judge: EvaluatorText["judges"][number]): readonly string[] {
  if (judge.language === "cel") return block("    - cel", celLines(judge.text.json));
  const policies = String(judge.text.json).trimEnd().split("\n");
  return ["    - cedar:", ...block("        policies", policies)];
}

function block(key: string, lines: readonly string[]): readonly string[] {
  const indent = " ".repeat(key.search(/[a-z]/) + 2);
  return [`${key}: |`, ...lines.map((line) => `${indent}${line}`)];
}

/** A change can take a rule over the parser's bounds; it is then shown as it is. */
function celLines(source: unknown): readonly string[] {
  try {
    return printLines(parse(String(source)));
  } catch (error) {
    if (error instanceof ParseFailed) return [String(source)];
    throw error;
  }
}

/** Lines of context around a change, as `diff -u` has them. */
const CONTEXT = 3;

/** What a single change made of some lines, in the manner of `diff -u`, without its header. */
export function unifiedDiff(
  before: readonly string[],
  after: readonly string[],
): readonly string[] {
  const head = sharedHead(before, after);
  const tail = sharedHead(before.slice(head).reverse(), after.slice(head).reverse());
  const removed = before.slice(head, before.length - tail);
  const added = after.slice(head, after.length - tail);
  return [
    ...before.slice(Math.max(0, head - CONTEXT), head).map((line) => ` ${line}`),
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...before
      .slice(before.length - tail)
      .slice(0, CONTEXT)
      .map((line) => ` ${line}`),
  ];
}

function sharedHead(a: readonly string[], b: readonly string[]): number {
  const different = a.findIndex((line, at) => line !== b[at]);
  return different < 0 ? Math.min(a.length, b.length) : different;
}
