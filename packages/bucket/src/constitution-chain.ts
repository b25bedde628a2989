import {
  NoteRefused,
  openNote,
  type ParsedNote,
  parseNote,
  type Signature,
  signNote,
} from "@writ/tlog/note";
import { parseVerifierKey, type Signer } from "@writ/tlog/note-key";
import {
  type Constitution,
  ConstitutionRefused,
  constitutionDigest,
  parseConstitution,
} from "./constitution.ts";
import { MAX_WRITERS } from "./frame.ts";

/** A constitution as it came: its rules, and what it is named by. */
export interface Enacted {
  readonly constitution: Constitution;
  /** The note's text, LF included. */
  readonly text: string;
  /** SHA-256 of the text, 32 bytes. */
  readonly digest: Uint8Array;
}

/**
 * Signs a constitution's text, or adds signatures to those that a note of the same text has
 * already, so that k of n can sign one after another. Throws ConstitutionRefused, NoteRefused.
 */
export function signConstitution(
  text: string,
  signers: readonly Signer[],
  earlier?: Uint8Array,
): Uint8Array {
  parseConstitution(text);
  if (earlier === undefined) return signNote(text, signers);
  const note = parseNote(earlier);
  if (note.text !== text) throw chain("the note to add to is of another text");
  return signNote(text, signers, note.signatures);
}

/** Reads a note without believing it, to show it or to sign it. Throws ConstitutionRefused. */
export function peekConstitution(message: Uint8Array): Enacted {
  return enactedOf(parse(message).text);
}

/**
 * Verifies a chain from its first constitution: that one signed by its own governance keys, each
 * later one by its predecessor's, at least as many of them as the threshold says. Every link names
 * the digest before it, keeps the origin, and holds from a tree that is not smaller; where it is as
 * large, the root is the same. Whether log and roots agree is for whoever reads the log.
 *
 * The first link is trusted for being first: pin its digest. Throws ConstitutionRefused, which
 * names the position.
 */
export function verifyConstitutionChain(
  messages: readonly Uint8Array[],
): readonly [Enacted, ...Enacted[]] {
  const [first, ...rest] = messages;
  if (first === undefined) throw chain("there is none; begin with the first one");
  const verified: [Enacted, ...Enacted[]] = [verifyFirst(first)];
  let last = verified[0];
  for (const [index, message] of rest.entries()) {
    last = verifySuccessor(message, last, index + 1);
    verified.push(last);
  }
  requireFewWriters(verified);
  return verified;
}

/** Who has signed a note, of those whose signatures it needs. */
export interface Standing {
  /** Their vkeys, each once, in the governance's order. */
  readonly signed: readonly string[];
  /** Signatures still needed; 0 if there are enough. */
  readonly missing: number;
  /** Key names of further signature lines: they count for nothing. */
  readonly foreign: readonly string[];
}

/**
 * Counts a note's signatures by these governance keys. Throws ConstitutionRefused if one of theirs
 * does not verify: such a note was tampered with, however many others have signed it.
 */
export function standingOf(
  message: Uint8Array,
  { keys, threshold }: Constitution["governance"],
  what = "this constitution",
): Standing {
  const lines = parse(message).signatures;
  const isBy = (vkey: string, { name, keyId }: Signature): boolean =>
    vkey.startsWith(`${name}+${keyId.toString(16).padStart(8, "0")}+`);
  const signed = keys.filter((vkey) => lines.some((line) => isBy(vkey, line)));
  if (signed.length > 0) requireValid(message, signed, what);
  const foreign = lines.filter((line) => !keys.some((vkey) => isBy(vkey, line)));
  return {
    signed,
    missing: Math.max(0, threshold - signed.length),
    foreign: foreign.map(({ name }) => name),
  };
}

/** The constitution that governs a leaf: the last one that holds from its index or before. */
export function governing(verified: readonly [Enacted, ...Enacted[]], leafIndex: number): Enacted {
  return (
    verified.findLast(({ constitution }) => constitution.from.size <= leafIndex) ?? verified[0]
  );
}

/** A segment's head has room for so many: what former writers left is told for ever. */
function requireFewWriters(verified: readonly Enacted[]): void {
  const names = verified.flatMap(({ constitution }) =>
    constitution.writers.map(({ name }) => name),
  );
  if (new Set(names).size <= MAX_WRITERS) return;
  throw chain(`a log has at most ${MAX_WRITERS} writers in all its life; begin a new one`);
}

function verifyFirst(message: Uint8Array): Enacted {
  const enacted = peekConstitution(message);
  const { predecessor, from, governance } = enacted.constitution;
  if (predecessor !== null) throw chain("constitution 0 names a predecessor; begin before it");
  if (from.size !== 0) throw chain("constitution 0 does not hold from the empty tree");
  requireSigned(message, governance, 0);
  return enacted;
}

function verifySuccessor(message: Uint8Array, last: Enacted, position: number): Enacted {
  // Signatures before content: whoever is not governance gets nothing else read.
  requireSigned(message, last.constitution.governance, position);
  const enacted = peekConstitution(message);
  const { origin, predecessor, from } = enacted.constitution;
  const before = last.constitution;
  const what = `constitution ${position}`;
  if (predecessor?.digest !== hex(last.digest)) throw chain(`${what} follows another one`);
  if (origin !== before.origin) throw chain(`${what} is of another log`);
  if (from.size < before.from.size) throw chain(`${what} holds from before its predecessor`);
  if (from.size === before.from.size && from.root !== before.from.root) {
    throw chain(`${what} holds from another tree of the same size`);
  }
  return enacted;
}

function requireSigned(
  message: Uint8Array,
  governance: Constitution["governance"],
  position: number,
): void {
  const { signed, missing } = standingOf(message, governance, `constitution ${position}`);
  if (missing === 0) return;
  throw unsigned(
    `constitution ${position} has ${signed.length} of ${governance.threshold} governance signatures`,
  );
}

/** All signatures of these keys hold, or the note is refused whole. */
function requireValid(message: Uint8Array, keys: readonly string[], what: string): void {
  try {
    openNote(message, keys.map(parseVerifierKey));
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    throw unsigned(`${what}: ${error.message}`);
  }
}

function parse(message: Uint8Array): ParsedNote {
  try {
    return parseNote(message);
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    throw new ConstitutionRefused("CONSTITUTION_MALFORMED", `constitution: ${error.message}`);
  }
}

function enactedOf(text: string): Enacted {
  return { constitution: parseConstitution(text), text, digest: constitutionDigest(text) };
}

function chain(advice: string): ConstitutionRefused {
  return new ConstitutionRefused("CONSTITUTION_CHAIN", advice);
}

function unsigned(advice: string): ConstitutionRefused {
  return new ConstitutionRefused("CONSTITUTION_UNSIGNED", advice);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
