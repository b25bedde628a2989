import {
  type CallerLine,
  callerAdded,
  callerRevoked,
  type NewCaller,
} from "@writ/gateway/caller-file";
import { changeSecret } from "../secret-file.ts";

/**
 * Adds a caller to the callers file, on disk when it resolves, with its key; null for one named by a
 * certificate. Rejects with CallerRefused, CallersUnreadable or OperatorError: then nothing changed.
 */
export async function addCaller(file: string, wanted: NewCaller): Promise<string | null> {
  const { key } = await changeSecret(file, (text) => callerAdded(file, text, wanted));
  return key;
}

/** Takes a caller out of the callers file, for good when it resolves. Rejects as `addCaller` does. */
export async function revokeCaller(file: string, who: string): Promise<CallerLine> {
  const { revoked } = await changeSecret(file, (text) => callerRevoked(file, text, who));
  return revoked;
}
