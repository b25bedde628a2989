import { decodeBase64, encodeBase64 } from "./base64.ts";
import { isKeyName, type Signer, type Verifier } from "./note-key.ts";

/** One signature line: who is said to have signed, and the bytes after the key ID. */
export interface Signature {
  readonly name: string;
  readonly keyId: number;
  readonly signature: Uint8Array;
}

/** A note as it stands, nothing verified. */
export interface ParsedNote {
  /** Ends in a newline; what the signatures are over. */
  readonly text: string;
  readonly signatures: readonly Signature[];
}

/** A note that at least one known key has signed. */
export interface Note {
  readonly text: string;
  /** Each by a different known key. */
  readonly verified: readonly Signature[];
  /** By keys that are not known: they prove nothing. */
  readonly unverified: readonly Signature[];
}

/** A note that must not be believed; `code` says why. */
export class NoteRefused extends Error {
  override readonly name = "NoteRefused";
  readonly code:
    | "NOTE_MALFORMED"
    | "NOTE_TOO_LARGE"
    | "SIGNATURE_INVALID"
    | "NO_KNOWN_SIGNATURE"
    | "KEYS_AMBIGUOUS";

  constructor(code: NoteRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Most signature lines in a note; the spec asks for room for at least 16. */
export const MAX_SIGNATURES = 100;
/** Most bytes in a note: bounds the work before any signature is checked. */
export const MAX_NOTE_BYTES = 1_000_000;

const SIGNATURE_PREFIX = "\u2014 ";
const KEY_ID_BYTES = 4;

/**
 * The signed note over `text` (which ends in a newline), as bytes: first the `kept` signatures of
 * other keys, then one of each signer. A kept signature of a signer's own key gives way to the new
 * one. Throws NoteRefused for a text, or a number of signatures, that `openNote` would refuse.
 */
export function signNote(
  text: string,
  signers: readonly Signer[],
  kept: readonly Signature[] = [],
): Uint8Array {
  requireText(text);
  const bytes = new TextEncoder().encode(text);
  const fresh = signers.map((signer) => ({
    name: signer.name,
    keyId: signer.keyId,
    signature: signer.sign(bytes),
  }));
  const others = kept.filter((old) => !fresh.some((made) => sameKey(old, made)));
  return formatNote({ text, signatures: [...others, ...fresh] });
}

/** The bytes of a note, its lines in the order given. Throws NoteRefused; the inverse of `parseNote`. */
export function formatNote({ text, signatures }: ParsedNote): Uint8Array {
  requireText(text);
  requireSignatureCount(signatures.length);
  const message = new TextEncoder().encode(`${text}\n${signatures.map(formatLine).join("")}`);
  requireNoteSize(message.length);
  return message;
}

/**
 * Opens a note: every signature whose name and key ID are those of a known verifier must verify.
 * A line repeated by one known key is checked too, and listed once.
 *
 * Throws NoteRefused: NOTE_MALFORMED, NOTE_TOO_LARGE, SIGNATURE_INVALID (a known key's signature
 * fails), NO_KNOWN_SIGNATURE, KEYS_AMBIGUOUS (two verifiers share name and key ID).
 */
export function openNote(message: Uint8Array, verifiers: readonly Verifier[]): Note {
  requireDistinctKeys(verifiers);
  const { text, signatures } = parseNote(message);
  const bytes = new TextEncoder().encode(text);
  const verified: Signature[] = [];
  const unverified: Signature[] = [];
  for (const signature of signatures) {
    const verifier = verifiers.find((known) => sameKey(known, signature));
    if (verifier !== undefined) requireValid(verifier, bytes, signature);
    const list = verifier === undefined ? unverified : verified;
    const same = verifier === undefined ? sameLine : sameKey;
    if (!list.some((seen) => same(seen, signature))) list.push(signature);
  }
  if (verified.length === 0) {
    throw new NoteRefused("NO_KNOWN_SIGNATURE", "note: no signature is by a known key");
  }
  return { text, verified, unverified };
}

/** Takes a note apart without believing it. Throws NoteRefused: NOTE_MALFORMED, NOTE_TOO_LARGE. */
export function parseNote(message: Uint8Array): ParsedNote {
  requireNoteSize(message.length);
  const whole = decodeText(message);
  // The last empty line, because the text may have empty lines of its own.
  const end = whole.lastIndexOf("\n\n") + 1;
  if (end === 0) throw malformed("put an empty line before the signatures");
  const block = whole.slice(end + 1);
  if (!block.endsWith("\n")) throw malformed("end it with a signature line and a newline");
  const lines = block.slice(0, -1).split("\n");
  requireSignatureCount(lines.length);
  return { text: whole.slice(0, end), signatures: lines.map(parseLine) };
}

/** Whether a note may hold `text`: encodable in UTF-8, no ASCII control character but newline. */
export function isNoteText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 && unit !== 0x0a) return false;
  }
  return text.isWellFormed();
}

/** Whether two stand for the same key: a name and a key ID together, never one alone. */
export function sameKey(
  a: Pick<Signature, "name" | "keyId">,
  b: Pick<Signature, "name" | "keyId">,
): boolean {
  return a.name === b.name && a.keyId === b.keyId;
}

function sameLine(a: Signature, b: Signature): boolean {
  return formatLine(a) === formatLine(b);
}

function formatLine({ name, keyId, signature }: Signature): string {
  if (!isKeyName(name)) throw malformed("give each signature a key name without spaces and +");
  if (signature.length === 0) throw malformed("give each signature at least one byte");
  const bytes = new Uint8Array(KEY_ID_BYTES + signature.length);
  new DataView(bytes.buffer).setUint32(0, keyId);
  bytes.set(signature, KEY_ID_BYTES);
  return `${SIGNATURE_PREFIX}${name} ${encodeBase64(bytes)}\n`;
}

function parseLine(line: string): Signature {
  if (!line.startsWith(SIGNATURE_PREFIX)) throw malformed("begin each signature line with — ");
  const [name = "", encoded = "", ...rest] = line.slice(SIGNATURE_PREFIX.length).split(" ");
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || rest.length > 0 || bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw malformed("write each signature line as — name base64");
  }
  const keyId = new DataView(bytes.buffer).getUint32(0);
  return { name, keyId, signature: bytes.slice(KEY_ID_BYTES) };
}

function decodeText(message: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(message);
  } catch {
    throw malformed("encode it in UTF-8");
  }
  requireNoteText(text);
  return text;
}

function requireText(text: string): void {
  requireNoteText(text);
  if (!text.endsWith("\n")) throw malformed("end its text with a newline");
}

function requireNoteText(text: string): void {
  if (!isNoteText(text)) throw malformed("keep it UTF-8, without control characters but newlines");
}

function requireSignatureCount(count: number): void {
  if (count === 0) throw malformed("give at least one signature");
  if (count > MAX_SIGNATURES) {
    throw new NoteRefused("NOTE_TOO_LARGE", `note: give at most ${MAX_SIGNATURES} signatures`);
  }
}

function requireNoteSize(bytes: number): void {
  if (bytes > MAX_NOTE_BYTES) {
    throw new NoteRefused("NOTE_TOO_LARGE", `note: keep it within ${MAX_NOTE_BYTES} bytes`);
  }
}

function requireValid(verifier: Verifier, text: Uint8Array, { signature }: Signature): void {
  if (verifier.verify(text, signature)) return;
  throw new NoteRefused(
    "SIGNATURE_INVALID",
    `note: the signature of ${verifier.name} does not verify`,
  );
}

/** Two keys under one name and ID would let a note be verified with the one its reader did not mean. */
function requireDistinctKeys(verifiers: readonly Verifier[]): void {
  verifiers.forEach((verifier, i) => {
    if (!verifiers.slice(0, i).some((earlier) => sameKey(earlier, verifier))) return;
    throw new NoteRefused("KEYS_AMBIGUOUS", `note: give the key of ${verifier.name} once`);
  });
}

function malformed(advice: string): NoteRefused {
  return new NoteRefused("NOTE_MALFORMED", `note: ${advice}`);
}
