import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Auditor, auditorAdded, auditorRevoked, type Scope } from "./auditor-keys.ts";

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Adds an auditor to a file that nobody else changes, and returns the key. */
export function mintAuditorKey(file: string, name: string, scope?: Scope): string {
  const { text, key } = auditorAdded(file, textOf(file), name, scope);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return key;
}

export function revokeAuditor(file: string, who: string): Auditor {
  const { text, revoked } = auditorRevoked(file, textOf(file), who);
  writeFileSync(file, text);
  return revoked;
}
