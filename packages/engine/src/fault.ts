import type { CedarFault } from "./cedar/compile.ts";
import type { CelFaultCode } from "./cel/fault.ts";
import type { SourceFile } from "./source.ts";

/**
 * What can be wrong with a bundle's files; `CEL_` and `CEDAR_` stand before what is wrong with a
 * rule.
 */
export type FaultCode =
  | `CEL_${CelFaultCode}`
  | `CEDAR_${CedarFault["code"]}`
  | "CEDAR_MODULE"
  | "JUDGES"
  | "NOT_YAML"
  | "NOT_JSON"
  | "TOO_LARGE"
  | "DUPLICATE_KEY"
  | "NUMBER"
  | "STRING"
  | "UNKNOWN_KEY"
  | "MISSING_KEY"
  | "WRONG_TYPE"
  | "VERSION"
  | "NAME"
  | "REASON"
  | "RESERVED_REASON"
  | "OUTCOME"
  | "REWRITE_CLASS"
  | "DUPLICATE_NAME"
  | "UNKNOWN_CATEGORY"
  | "UNREACHABLE"
  | "NO_EVALUATOR"
  | "TOO_MANY_EVALUATORS"
  | "CANARY"
  | "ACTION_TYPE"
  | "TOOL"
  | "EVENT_TOO_LARGE"
  | "SHAPE"
  | "CASE"
  | "POINTER"
  | "MUTANT";

/**
 * One thing to mend before the bundle loads. `line` and `column` count from 1, `column` in UTF-16
 * code units; a fault of the bundle as a whole stands at 1:1 of its first file.
 */
export interface Fault {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly code: FaultCode;
  readonly message: string;
}

/** Gathers faults, so that an author sees all of them at once. */
export class FaultList {
  readonly #faults: Fault[] = [];

  add(source: SourceFile, offset: number, code: FaultCode, message: string): void {
    this.#faults.push({ path: source.path, ...source.place(offset), code, message });
  }

  get empty(): boolean {
    return this.#faults.length === 0;
  }

  /** By path, then position; two faults at one place keep the order in which they were found. */
  sorted(): readonly Fault[] {
    const byPlace = (a: Fault, b: Fault): number =>
      (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.line - b.line || a.column - b.column;
    return [...this.#faults].sort(byPlace);
  }
}

/** An author's own word in a message: one short line, whatever characters it is made of. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64).toWellFormed()}…` : text);
}
