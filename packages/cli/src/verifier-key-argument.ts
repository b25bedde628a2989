import { existsSync, readFileSync } from "node:fs";
import { KeyRefused, parseVerifierKey } from "@writ/tlog/note-key";
import { OperatorError } from "./operator-error.ts";

/** A verifier key as an argument gives it: the vkey itself, or the path of a file that holds it. */
export function verifierKey(argument: string, flag = "--key"): string {
  const text = existsSync(argument) ? readFileSync(argument, "utf8").trim() : argument;
  try {
    parseVerifierKey(text);
    return text;
  } catch (error) {
    if (!(error instanceof KeyRefused)) throw error;
    throw new OperatorError(`${flag} ${argument}: give a vkey or a file that holds one`);
  }
}
