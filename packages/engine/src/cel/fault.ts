/** What can be wrong with an expression before anything runs. */
export type CelFaultCode =
  | "SYNTAX"
  | "TOO_LARGE"
  | "TOO_DEEP"
  | "NOT_IN_LANGUAGE"
  | "UNKNOWN_NAME"
  | "UNKNOWN_MEMBER"
  | "UNKNOWN_FUNCTION"
  | "WRONG_TYPE"
  | "MIXED_NUMBERS"
  | "OUT_OF_RANGE"
  | "NEVER_EQUAL"
  | "NEVER_NULL"
  | "ALWAYS_THERE"
  | "DUPLICATE_KEY"
  | "BAD_PATTERN"
  | "NOT_BOOLEAN";

/** One load error. `offset` counts UTF-16 code units from the start of the expression. */
export interface CelFault {
  readonly offset: number;
  readonly code: CelFaultCode;
  readonly message: string;
}

/** Carries the first syntax fault out of the lexer and parser, which cannot go on after it. */
export class ParseFailed extends Error {
  readonly fault: CelFault;

  constructor(offset: number, code: CelFaultCode, message: string) {
    super(message);
    this.name = "ParseFailed";
    this.fault = { offset, code, message };
  }
}
