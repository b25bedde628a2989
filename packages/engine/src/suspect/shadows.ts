import type { EvaluatorText } from "../read-constraints.ts";
import { type Formula, implies } from "./formula.ts";
import { type Suspicion, suspicion } from "./suspicion.ts";

/** An evaluator with what its one rule claims; several judges say too much to compare. */
export interface Claimant {
  readonly text: EvaluatorText;
  readonly formula: Formula;
}

/**
 * Evaluators that can never change an outcome, because another one settles it wherever they
 * object, and evaluators that can only quarrel. What is reported is certain; what is not reported
 * may still be shadowed.
 */
export function shadows(claimants: readonly Claimant[]): readonly Suspicion[] {
  const found: Suspicion[] = [];
  for (const [index, lower] of claimants.entries()) {
    const unsettled = new Set(lower.text.categories.map(({ name }) => name));
    for (const [other, higher] of claimants.entries()) {
      if (other === index || unsettled.size === 0) continue;
      const shared = higher.text.categories.flatMap(({ name }) =>
        unsettled.has(name) ? [name] : [],
      );
      if (shared.length === 0 || !implies(lower.formula, higher.formula)) continue;
      const code = settle(lower.text, higher.text, other < index);
      if (code === null) continue;
      const settled = shared.filter((name) => !code.unless(rivals(lower.text, name, claimants)));
      for (const name of settled) unsettled.delete(name);
      if (settled.length > 0) found.push(told(lower.text, higher.text, code, settled));
    }
  }
  return found;
}

interface Settled {
  readonly code: "SHADOWED" | "ALWAYS_DISAGREE";
  /** Given the REWRITE evaluators beside the lower one: whether it matters after all. */
  readonly unless: (rivals: readonly EvaluatorText[]) => boolean;
  readonly because: string;
}

/** How `higher`, which objects wherever `lower` does, leaves nothing to it; null if it may not. */
function settle(lower: EvaluatorText, higher: EvaluatorText, first: boolean): Settled | null {
  if (higher.outcome === "BLOCK") {
    // Whatever comes lower gives no reason either; a REWRITE yields to any BLOCK.
    if (!first && lower.outcome === "BLOCK") return null;
    return { code: "SHADOWED", unless: () => false, because: "blocks" };
  }
  if (lower.outcome === "BLOCK" || !first) return null;
  const alike = higher.rewriteClass === lower.rewriteClass;
  if (!alike && higher.constraint === lower.constraint) {
    return { code: "ALWAYS_DISAGREE", unless: () => false, because: "asks for another rewrite" };
  }
  const quarrels = (rivals: readonly EvaluatorText[]): boolean =>
    rivals.some((rival) => rival.rewriteClass !== lower.rewriteClass);
  return { code: "SHADOWED", unless: quarrels, because: "asks for a rewrite" };
}

function rivals(
  of: EvaluatorText,
  category: string,
  claimants: readonly Claimant[],
): readonly EvaluatorText[] {
  return claimants
    .map(({ text }) => text)
    .filter((text) => text !== of && text.constraint === of.constraint)
    .filter(
      (text) => text.outcome === "REWRITE" && text.categories.some((c) => c.name === category),
    );
}

function told(
  lower: EvaluatorText,
  higher: EvaluatorText,
  { code, because }: Settled,
  categories: readonly string[],
): Suspicion {
  const { source, start } = higher.at;
  const where = `${higher.name} (${source.path}:${source.place(start).line})`;
  const scope = `in ${categories.join(", ")}`;
  const message =
    code === "SHADOWED"
      ? `${lower.name} gives no outcome of its own ${scope}: wherever its condition holds, ${where} ${because}; remove it, or narrow ${higher.name}`
      : `${lower.name} only ever ends in EVALUATOR_DISAGREEMENT ${scope}: wherever its condition holds, ${where} ${because}; keep one of them, or move one to another constraint`;
  return suspicion(lower.at.source, lower.at.start, code, message);
}
