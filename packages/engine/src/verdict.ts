import type { Outcome } from "@writ/contract/outcome";
import type { ValidatorVerdict } from "./host.ts";

/** What one evaluator answered: its name, the outcome, and the reason (null on EXECUTE). */
export type EvaluatorAnswer = readonly [name: string, outcome: Outcome, reason: string | null];

/**
 * What the engine returns inside the house. Frozen. `reason_code` and `evaluators` are policy and
 * never leave the house (contract §5); `rewrite_class` is set on REWRITE only.
 */
export interface Verdict {
  readonly outcome: Outcome;
  readonly trace_id: string;
  readonly reason_code: string;
  readonly rewrite_class: string | null;
  /** `unrecognized` where the input was refused or its category is unknown. */
  readonly action_type: string;
  /** Every evaluator of the category, highest constraint first; empty where none was asked. */
  readonly evaluators: readonly EvaluatorAnswer[];
  /** What the validators said that the category's shape declares; empty where none did. */
  readonly validators: Readonly<Record<string, ValidatorVerdict>>;
  readonly engine_version: string;
  readonly category: string;
  /** True where a failure, rather than a policy, closed it (contract §4). */
  readonly failed: boolean;
}

/** The three strings whose concatenation `trace_id` hashes (contract §1.2), and the hash. */
export interface Identity {
  readonly normal_form: string;
  readonly enforcement_category: string;
  readonly engine_version: string;
  readonly trace_id: string;
}

/** What the validators of a category are asked about an input. */
export interface Question {
  readonly category: string;
  /** Normal form of the input alone, without what enforcement adds: what all of them judge. */
  readonly form: string;
  /** Whom to ask: the names that the category's shape declares. */
  readonly validators: readonly string[];
}
