import { compileRule } from "./cel/compile.ts";
import type { CelFaultCode } from "./cel/fault.ts";
import type { FaultList } from "./fault.ts";
import type { EvaluatorText } from "./read-constraints.ts";
import { placeInScalar } from "./scalar-place.ts";
import type { Shapes } from "./shapes.ts";

/** What the author must mend whatever the shape will say: no stand-in for a faulty part brings it about. */
const CERTAIN: ReadonlySet<CelFaultCode> = new Set<CelFaultCode>([
  "SYNTAX",
  "TOO_LARGE",
  "TOO_DEEP",
  "NOT_IN_LANGUAGE",
  "UNKNOWN_NAME",
  "UNKNOWN_MEMBER",
  "UNKNOWN_FUNCTION",
  "MIXED_NUMBERS",
  "OUT_OF_RANGE",
  "NEVER_NULL",
  "ALWAYS_THERE",
  "DUPLICATE_KEY",
  "BAD_PATTERN",
]);

/**
 * Looks at rules that could not be compiled, because no category of theirs has a sound shape: one
 * fault in a definition that all share would else hide those of every rule.
 */
export function checkOverFaulty(
  evaluators: readonly EvaluatorText[],
  shapes: Shapes,
  faults: FaultList,
): void {
  for (const { name, categories, judges } of evaluators) {
    if (categories.some((category) => shapes.sound.has(category.name))) continue;
    const category = categories.find((each) => shapes.faulty.has(each.name))?.name ?? "";
    const type = shapes.faulty.get(category);
    if (type === undefined) continue;
    for (const { language, text } of judges) {
      if (language !== "cel" || typeof text.json !== "string") continue;
      const compiled = compileRule(text.json, type);
      for (const { code, offset, message } of "faults" in compiled ? compiled.faults : []) {
        if (!CERTAIN.has(code)) continue;
        const at = placeInScalar(text, offset);
        const whose = `(evaluator ${name}, category ${category})`;
        faults.add(text.source, at, `CEL_${code}`, `${message} ${whose}`);
      }
    }
  }
}
