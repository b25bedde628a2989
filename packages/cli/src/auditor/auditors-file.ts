import { type Auditor, auditorAdded, auditorRevoked, type Scope } from "@writ/audit/auditor-keys";
import { changeSecret } from "../secret-file.ts";

/**
 * Adds an auditor to the key file, on disk when it resolves, with its key. Rejects with
 * AuditorRefused, AuditorKeysUnreadable or OperatorError: then nothing changed.
 */
export async function addAuditor(file: string, name: string, scope: Scope): Promise<string> {
  const { key } = await changeSecret(file, (text) => auditorAdded(file, text, name, scope));
  return key;
}

/** Takes an auditor out of the key file, for good when it resolves. Rejects as `addAuditor` does. */
export async function revokeAuditor(file: string, who: string): Promise<Auditor> {
  const { revoked } = await changeSecret(file, (text) => auditorRevoked(file, text, who));
  return revoked;
}
