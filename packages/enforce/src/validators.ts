import type { Outcome } from "@writ/contract/outcome";
import type { Question } from "@writ/engine/verdict";

/** What one validator said of an input. */
export interface ValidatorVerdict {
  readonly outcome: Outcome;
  /** A reason code: upper snake case, at most 64 characters. */
  readonly reason: string;
}

/** Puts questions to outside validators. */
export interface ValidatorAsker {
  /**
   * Asks each of the question's validators once, all at the same time, and settles as soon as each
   * has answered or had its time. Whatever is not a verdict is left out; a rejection is as good as
   * the silence of all. Never asks again (contract §4: an unavailable validator is BLOCK).
   */
  ask(question: Question): Promise<ReadonlyMap<string, ValidatorVerdict>>;
}
