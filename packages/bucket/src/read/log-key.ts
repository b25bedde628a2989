import { MAX_NOTE_BYTES } from "@writ/tlog/note";
import { verifyConstitutionChain } from "../constitution-chain.ts";
import { type Folder, readWhole } from "./folder.ts";

export const CONSTITUTION_FOLDER = "constitution";

/** The constitution notes of a Bucket folder in order, from `0.note` up to the first number missing. */
export function readConstitutions(bucket: Folder): Uint8Array[] {
  const notes: Uint8Array[] = [];
  for (;;) {
    const note = readWhole(bucket, `${CONSTITUTION_FOLDER}/${notes.length}.note`, MAX_NOTE_BYTES);
    if (note === undefined) return notes;
    notes.push(note);
  }
}

/**
 * The verifier keys that the log has had, oldest first, by its constitutions' word. Throws
 * ConstitutionRefused if they do not verify.
 */
export function logKeys(bucket: Folder): string[] {
  const chain = verifyConstitutionChain(readConstitutions(bucket));
  return [...new Set(chain.map(({ constitution }) => constitution.log_key))];
}
