import { ConstitutionRefused } from "@writ/bucket/constitution";
import type { Enacted } from "@writ/bucket/constitution/chain";
import { type Folder, TooLarge } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { equalBytes } from "@writ/tlog/hash";
import { formatNote, parseNote } from "@writ/tlog/note";
import type { PureWork } from "./pure-work.ts";
import type { Findings } from "./verify-report.ts";

/** A verified chain of constitutions, from the first. */
export type Chain = readonly [Enacted, ...Enacted[]];

/** The chain, and the notes that it was verified from. */
export interface Constitutions {
  readonly chain: Chain;
  readonly notes: readonly Uint8Array[];
}

const NOTE_NAME = /^(0|[1-9]\d{0,5})\.note$/;

/** The number in a constitution's file name, or `undefined` if it is no such name. */
export function constitutionNumber(name: string): number | undefined {
  const digits = NOTE_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The constitutions, or `undefined` (and a fault) if they do not verify: without them no key is known, so
 * nothing else can be judged.
 */
export function checkConstitutions(
  folder: Folder,
  work: PureWork,
  findings: Findings,
): Constitutions | undefined {
  findings.made("constitution");
  try {
    const notes = readConstitutions(folder);
    const chain = work.verifyConstitutionChain(notes);
    checkSignatureLines(notes, chain, findings);
    return { chain, notes };
  } catch (error) {
    if (!(error instanceof ConstitutionRefused || error instanceof TooLarge)) throw error;
    findings.add("constitution", null, error.message);
    return undefined;
  }
}

/**
 * A signature that no governance key made means nothing, and means that the note is not as it was
 * installed: `verifyConstitutionChain` takes such a note, an auditor is told.
 */
function checkSignatureLines(notes: readonly Uint8Array[], chain: Chain, findings: Findings): void {
  for (const [position, note] of notes.entries()) {
    const parsed = parseNote(note);
    const { keys } = (chain[Math.max(0, position - 1)] ?? chain[0]).constitution.governance;
    const foreign = parsed.signatures.find(
      ({ name, keyId }) => !keys.some((key) => key.startsWith(`${name}+${hex32(keyId)}+`)),
    );
    if (foreign !== undefined) {
      const message = `constitution ${position} is signed by ${foreign.name}, which is no governance key`;
      findings.add("constitution", null, message);
    }
    if (!equalBytes(formatNote(parsed), note)) {
      findings.add("constitution", null, `constitution ${position} is not in canonical form`);
    }
  }
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, "0");
}
