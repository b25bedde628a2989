import { type BundleFile, readFiles } from "../bundle.ts";
import { ParseFailed } from "../cel/fault.ts";
import { parse } from "../cel/parser.ts";
import type { Expr } from "../cel/syntax.ts";
import { FaultList } from "../fault.ts";
import type { Located } from "../located.ts";
import { type CategoryText, readCategories } from "../read-categories.ts";
import { type EvaluatorText, readConstraints } from "../read-constraints.ts";
import type { JudgeText } from "../read-judges.ts";
import { placeInScalar } from "../scalar-place.ts";
import { SourceFile } from "../source.ts";
import { formulaOf } from "./formula.ts";
import { type Judged, judgedTexts } from "./judged-text.ts";
import { type Claimant, shadows } from "./shadows.ts";
import { type Suspicion, suspicion } from "./suspicion.ts";
import { admitsVisibleOnly } from "./visible.ts";

export { SUSPICION_CODES, type Suspicion, type SuspicionCode } from "./suspicion.ts";

/**
 * What is legal in a bundle and looks like a mistake, by path and place. Says nothing of judges in
 * Cedar. Of files that do not load it says what it still can.
 */
export function suspicionsOf(files: readonly BundleFile[]): readonly Suspicion[] {
  const unheard = new FaultList();
  const root = readFiles(
    files.map((file) => new SourceFile(file.path, file.text)),
    unheard,
  );
  const part = (key: string): Located | undefined => root?.members?.get(key)?.value;
  const categories = readCategories(part("categories"), unheard);
  const { evaluators } = readConstraints(part("constraints"), unheard);
  const rules = evaluators.flatMap(rulesOf);
  const found = [
    ...shadows(rules.flatMap(claimantOf)),
    ...withoutRewrite(categories, evaluators),
    ...textSuspicions(rules, categories, part("$defs")),
  ];
  return found.sort(byPlace);
}

/** One judge in CEL, read. */
interface RuleText {
  readonly text: EvaluatorText;
  readonly judge: JudgeText;
  readonly expr: Expr;
}

function rulesOf(text: EvaluatorText): readonly RuleText[] {
  return text.judges.flatMap((judge) => {
    const source = judge.text.json;
    const expr = judge.language === "cel" && typeof source === "string" ? parsed(source) : null;
    return expr === null ? [] : [{ text, judge, expr }];
  });
}

function parsed(source: string): Expr | null {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof ParseFailed) return null;
    throw error;
  }
}

/** Judges of one evaluator may also differ, which blocks: only a single one says all there is. */
function claimantOf({ text, expr }: RuleText): readonly Claimant[] {
  return text.judges.length === 1 ? [{ text, formula: formulaOf(expr) }] : [];
}

function withoutRewrite(
  categories: ReadonlyMap<string, CategoryText>,
  evaluators: readonly EvaluatorText[],
): readonly Suspicion[] {
  const rewrites = evaluators.filter(({ outcome }) => outcome === "REWRITE");
  const offered = new Set(rewrites.flatMap((text) => text.categories.map(({ name }) => name)));
  return [...categories.values()]
    .filter(({ name, always }) => always === null && !offered.has(name))
    .map(({ name, at, keyStart }) => {
      const message = `${name} has no REWRITE: an agent is stopped and never told what would do; add one where a change would make the action right`;
      return suspicion(at.source, keyStart, "NO_REWRITE", message);
    });
}

function textSuspicions(
  rules: readonly RuleText[],
  categories: ReadonlyMap<string, CategoryText>,
  defs: Located | undefined,
): readonly Suspicion[] {
  const found = new Map<string, Suspicion>();
  for (const rule of rules) {
    for (const { name } of rule.text.categories) {
      const input = categories.get(name)?.input;
      if (input === undefined) continue;
      for (const judged of judgedTexts(rule.expr, { input, defs })) {
        for (const each of [freeText(rule, judged), zeroWidth(rule, judged)]) {
          if (each === null) continue;
          const key = `${each.code} ${each.path} ${each.line}:${each.column}`;
          // A schema judged by many rules is mended once.
          if (!found.has(key)) found.set(key, each);
        }
      }
    }
  }
  return [...found.values()];
}

function freeText({ judge }: RuleText, { at, schema, literal }: Judged): Suspicion | null {
  const bounded = ["pattern", "exact"].some((key) => schema.members?.get(key) !== undefined);
  if (!literal || bounded) return null;
  const message = `free text is compared with a literal, so any other spelling passes; ${placeOf(schema)} declares it: give it an enum, a const, a pattern or exact: true there`;
  return suspicion(judge.text.source, placeInScalar(judge.text, at), "FREE_TEXT", message);
}

function zeroWidth({ text, judge }: RuleText, { at, schema }: Judged): Suspicion | null {
  const pattern = schema.members?.get("pattern")?.value.json;
  if (typeof pattern === "string" && admitsVisibleOnly(pattern)) return null;
  const { source } = judge.text;
  const { line } = source.place(placeInScalar(judge.text, at));
  const message = `${text.name} (${source.path}:${line}) judges this text, and characters that nobody sees can stand in it; give it an enum, or a pattern such as ^[a-z0-9_-]+$`;
  return suspicion(schema.source, schema.start, "ZERO_WIDTH", message);
}

function placeOf(schema: Located): string {
  return `${schema.source.path}:${schema.source.place(schema.start).line}`;
}

function byPlace(a: Suspicion, b: Suspicion): number {
  return (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.line - b.line || a.column - b.column;
}
