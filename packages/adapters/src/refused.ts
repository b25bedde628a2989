/** What became of one attempt, as it may leave the house: no cause, no rule (contract §5). */
export interface Refusal {
  readonly decision: "REWRITE" | "BLOCK";
  /** Absent where no attempt was made. */
  readonly trace_id?: string;
  readonly enforcement_decision_id?: string;
  readonly status: "failed";
  readonly rewrite_class?: string;
}

/**
 * Nothing is released. The message is the refusal as JSON, of one shape for every cause, so that it
 * may be shown to an agent; after REWRITE, the agent may try again with other arguments. `cause` is
 * for the operator: what the guarded function threw, or why no attempt was made.
 */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code = "REFUSED";
  readonly refusal: Refusal;

  constructor(refusal: Refusal, cause?: unknown) {
    super(JSON.stringify(refusal), cause === undefined ? undefined : { cause });
    this.refusal = refusal;
  }

  /** Frameworks that tell a model of an error do it by one of these two. */
  override toString(): string {
    return this.message;
  }

  toJSON(): Refusal {
    return this.refusal;
  }
}
