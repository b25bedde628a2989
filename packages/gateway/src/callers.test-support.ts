import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type CallerLine, callerAdded, callerRevoked, type NewCaller } from "./caller-file.ts";

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Adds a caller to a file that nobody else changes, and returns its key. */
export function addCaller(file: string, wanted: NewCaller): string | null {
  const { text, key } = callerAdded(file, textOf(file), wanted);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return key;
}

export function revokeCaller(file: string, who: string): CallerLine {
  const { text, revoked } = callerRevoked(file, textOf(file), who);
  writeFileSync(file, text);
  return revoked;
}
