import { readFileSync, statSync } from "node:fs";
import { bucketPath } from "@writ/audit/bucket-folder";
import {
  type Constitution,
  ConstitutionRefused,
  constitutionDigest,
  formatConstitution,
} from "@writ/bucket/constitution";
import {
  type Enacted,
  peekConstitution,
  type Standing,
  standingOf,
  verifyConstitutionChain,
} from "@writ/bucket/constitution/chain";
import { constitutionFrom } from "@writ/bucket/constitution/draft";
import { diskFolder } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { readDocument } from "@writ/engine/document";
import { FaultList } from "@writ/engine/fault";
import { SourceFile } from "@writ/engine/source";
import { parseNote } from "@writ/tlog/note";
import { OperatorError } from "../operator-error.ts";
import { UsageError } from "../verb.ts";

/** A constitution as a file gives it. */
export interface Given {
  readonly enacted: Enacted;
  /** The signed note; undefined for a draft, which nobody can have signed. */
  readonly note: Uint8Array | undefined;
}

/** A constitution with what it is judged by. */
export interface Placed extends Given {
  /** Undefined for a first one. */
  readonly predecessor: Enacted | undefined;
  /** Those whose signatures it needs: its predecessor's, or a first one's own. */
  readonly governance: Constitution["governance"];
  readonly standing: Standing;
}

/** Reads a draft or a signed note. Throws OperatorError, ConstitutionRefused. */
export function readGiven(path: string): Given {
  const bytes = readFileSync(path);
  if (!isNote(bytes)) return { enacted: draft(path, bytes), note: undefined };
  return { enacted: peekConstitution(bytes), note: bytes };
}

/** The verified chain of the Bucket in a data folder. */
export function readChain(data: string): readonly [Enacted, ...Enacted[]] {
  return verifyConstitutionChain(readConstitutions(diskFolder(bucketPath(data))));
}

/**
 * Finds what a constitution follows: in `after`, a data folder or the file of its predecessor. A
 * first one follows nothing. The digest that it names says whether that is the right one.
 */
export function place({ enacted, note }: Given, after: string | undefined): Placed {
  const predecessor = predecessorOf(enacted.constitution, after);
  const { governance } = (predecessor ?? enacted).constitution;
  const standing =
    note === undefined
      ? { signed: [], missing: governance.threshold, foreign: [] }
      : standingOf(note, governance);
  return { enacted, note, predecessor, governance, standing };
}

function predecessorOf(
  { predecessor }: Constitution,
  after: string | undefined,
): Enacted | undefined {
  if (predecessor === null) return undefined;
  if (after === undefined) {
    throw new UsageError("--after is missing: a change is judged by what it changes");
  }
  const isFolder = statSync(after, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const candidates = isFolder ? readChain(after) : [readGiven(after).enacted];
  const found = candidates.find(({ digest }) => hex(digest) === predecessor.digest);
  if (found !== undefined) return found;
  throw new OperatorError(
    `it follows the constitution ${predecessor.digest}, which is not in ${after}; draft it again from the one in force`,
  );
}

function draft(path: string, bytes: Uint8Array): Enacted {
  const faults = new FaultList();
  const root = readDocument(new SourceFile(path, Buffer.from(bytes).toString()), faults);
  if (root === null || !faults.empty) {
    const [first] = faults.sorted();
    const at = first === undefined ? path : `${path}:${first.line}:${first.column}`;
    throw new OperatorError(`${at}: ${first?.message ?? "write a draft or give a signed note"}`);
  }
  try {
    const constitution = constitutionFrom(root.json);
    const text = formatConstitution(constitution);
    return { constitution, text, digest: constitutionDigest(text) };
  } catch (error) {
    if (!(error instanceof ConstitutionRefused)) throw error;
    throw new OperatorError(`${path}: ${error.message}`);
  }
}

function isNote(bytes: Uint8Array): boolean {
  try {
    parseNote(bytes);
    return true;
  } catch {
    return false;
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
