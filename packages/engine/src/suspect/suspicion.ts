import type { SourceFile } from "../source.ts";

/** What a bundle may do and its author hardly meant. */
export const SUSPICION_CODES: readonly [
  "SHADOWED",
  "ALWAYS_DISAGREE",
  "NO_REWRITE",
  "FREE_TEXT",
  "ZERO_WIDTH",
] = ["SHADOWED", "ALWAYS_DISAGREE", "NO_REWRITE", "FREE_TEXT", "ZERO_WIDTH"];

export type SuspicionCode = (typeof SUSPICION_CODES)[number];

/** One of them; `line` and `column` as in a fault. */
export interface Suspicion {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly code: SuspicionCode;
  readonly message: string;
}

export function suspicion(
  source: SourceFile,
  offset: number,
  code: SuspicionCode,
  message: string,
): Suspicion {
  return { path: source.path, ...source.place(offset), code, message };
}
