import type { JsonObject } from "@writ/contract/json";

/** Judges of one evaluator gave different answers (contract §4: evaluator disagreement). */
export class JudgesDiffer extends Error {
  readonly code: "JUDGES_DIFFER" = "JUDGES_DIFFER";
}

interface Judge {
  evaluate(input: JsonObject): boolean;
}

/**
 * Several judges as one. All are asked, whatever the first ones say: a judge that fails weighs
 * more than two that differ, so the failure of the last must not hide behind a difference.
 */
export function unanimous(judges: readonly Judge[]): Judge {
  return {
    evaluate(input) {
      const answers = judges.map((judge) => answerOf(judge, input));
      const [first] = answers;
      if (first === undefined) throw new Error("an evaluator needs a judge");
      if (answers.some((answer) => answer !== first)) throw new JudgesDiffer();
      return first;
    },
  };
}

function answerOf(judge: Judge, input: JsonObject): boolean {
  const answer: unknown = judge.evaluate(input);
  if (typeof answer === "boolean") return answer;
  throw new Error("a judge answers true or false");
}
