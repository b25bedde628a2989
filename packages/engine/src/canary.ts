import type { Canary } from "./read-canaries.ts";

/** A canary and the answer that it should not have given. */
export interface FailedCanary extends Canary {
  readonly outcome: string;
  readonly reason: string;
}

/** A bundle whose canaries do not answer as they must. It never decides anything. */
export class NotArmed extends Error {
  readonly code: "NOT_ARMED" = "NOT_ARMED";
  readonly failed: readonly FailedCanary[];

  constructor(failed: readonly FailedCanary[]) {
    super(`mend the rules or these canaries, then arm again:\n${failed.map(lineOf).join("\n")}`);
    this.name = "NotArmed";
    this.failed = failed;
  }
}

function lineOf(canary: FailedCanary): string {
  const { path, line, column, category, expected, outcome, reason } = canary;
  const place = `  ${path}:${line}:${column}`;
  return `${place}: ${category} must ${expected} this input by policy, and gave ${outcome} (${reason})`;
}
