import type { Json, JsonObject } from "@writ/contract/json";

/** Why an evaluation came to no answer. */
export type FailureCode =
  | "STEPS_EXCEEDED"
  | "NULL_VALUE"
  | "WRONG_TYPE"
  | "NO_SUCH_KEY"
  | "INDEX_OUT_OF_RANGE"
  | "DIVISION_BY_ZERO"
  | "OUT_OF_RANGE"
  | "NOT_A_NUMBER";

/**
 * A rule came to no answer. CEL would absorb some of these (`err || true`); here every one of them
 * ends the rule, so that an evaluator which could not look never counts as one that saw no harm.
 */
export class EvaluationFailed extends Error {
  readonly code: FailureCode;
  /** UTF-16 offset into the rule's source. */
  readonly offset: number;

  constructor(code: FailureCode, offset: number) {
    super(`rule failed at offset ${offset}: ${code}`);
    this.name = "EvaluationFailed";
    this.code = code;
    this.offset = offset;
  }
}

/** What one evaluation owns. Nothing of it outlives the call: rules share no state. */
export class Frame {
  readonly input: JsonObject;
  /** Iteration variables, one slot for each that can be live at once. */
  readonly locals: Json[];
  private steps: number;

  constructor(input: JsonObject, locals: Json[], steps: number) {
    this.input = input;
    this.locals = locals;
    this.steps = steps;
  }

  /** Charges `steps` of the budget; counting, unlike a clock, ends at the same point everywhere. */
  spend(steps: number, at: number): void {
    this.steps -= steps;
    if (this.steps < 0) throw new EvaluationFailed("STEPS_EXCEEDED", at);
  }
}

/** One compiled node. */
export type Run = (frame: Frame) => Json;
