import { signingKey, type Verify, verifyingKey } from "#ed25519";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { cosignatureVerify, cosignedMessage, formatCosignature } from "./cosignature.ts";
import { isStrongPoint } from "./ed25519-point.ts";
import { sha256 } from "./hash.ts";

/** Checks one key's signatures (signed-note). `verify` gets a signature without its key ID. */
export interface Verifier {
  readonly name: string;
  /** The uint32 that, with the name, says in a signature line which key made it. */
  readonly keyId: number;
  verify(text: Uint8Array, signature: Uint8Array): boolean;
}

/** Makes one key's signatures. `sign` gives a signature without its key ID. */
export interface Signer {
  readonly name: string;
  readonly keyId: number;
  /** The public half, as a vkey. */
  readonly verifierKey: string;
  sign(text: Uint8Array): Uint8Array;
}

/** A key that cannot be used; `code` says why. */
export class KeyRefused extends Error {
  override readonly name = "KeyRefused";
  readonly code: "KEY_MALFORMED" | "KEY_ALGORITHM" | "KEY_ID_MISMATCH";

  constructor(code: KeyRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Signature type bytes (signed-note, "Signature types"). */
const ED25519 = 0x01;
const COSIGNATURE_V1 = 0x04;

/** How a key's plain verification serves each type; below this nothing switches on the type. */
const VERIFY: ReadonlyMap<number, (verify: Verify) => Verify> = new Map([
  [ED25519, (verify: Verify): Verify => verify],
  [COSIGNATURE_V1, cosignatureVerify],
]);
const RAW_KEY_BYTES = 32;
const PRIVATE_PREFIX = "PRIVATE+KEY+";
const FORM = /^([^+]*)\+([0-9a-f]{8})\+([^+]+(?:\+[^+]*)*)$/;

/**
 * Whether `name` may name a key: not empty, no Unicode space, no plus (signed-note, "Format"), and
 * none of the control characters that a note may not hold.
 */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && /^[^\p{White_Space}\p{Cc}+]+$/u.test(name);
}

/** The key ID: the first four bytes of SHA-256(name ‖ LF ‖ type ‖ public key). */
export function keyId(name: string, type: number, publicKey: Uint8Array): number {
  const prefix = new TextEncoder().encode(`${name}\n`);
  const input = new Uint8Array(prefix.length + 1 + publicKey.length);
  input.set(prefix);
  input[prefix.length] = type;
  input.set(publicKey, prefix.length + 1);
  return new DataView(sha256(input).buffer).getUint32(0);
}

/** The vkey of an Ed25519 public key. Throws KeyRefused for a bad name or key. */
export function formatVerifierKey(name: string, publicKey: Uint8Array): string {
  return formatTyped(ED25519, name, publicKey);
}

/** The verifier of an Ed25519 public key under a name. Throws KeyRefused. */
export function verifierOf(name: string, publicKey: Uint8Array): Verifier {
  return typedVerifier(ED25519, name, publicKey);
}

/**
 * Reads a vkey: `<name>+<key ID, 8 hex>+<base64 of type and public key>`, the type 0x01 (Ed25519)
 * or 0x04 (cosignature/v1, a witness's). Throws KeyRefused.
 */
export function parseVerifierKey(vkey: string): Verifier {
  const { name, id, type, raw } = parseKey(vkey);
  const verifier = typedVerifier(type, name, raw);
  requireSameId(id, verifier.keyId);
  return verifier;
}

/** The skey of an Ed25519 seed: secret. Throws KeyRefused for a bad name or length. */
export function formatSignerKey(name: string, seed: Uint8Array): string {
  const id = signerOf(name, seed).keyId;
  return `${PRIVATE_PREFIX}${name}+${formatKeyId(id)}+${encodeRaw(ED25519, seed)}`;
}

/** The signer of a 32-byte Ed25519 seed under a name. The caller's randomness made the seed. */
export function signerOf(name: string, seed: Uint8Array): Signer {
  requireRaw(seed);
  const { publicKey, sign } = signingKey(seed);
  return {
    name,
    keyId: checkedKeyId(ED25519, name, publicKey),
    verifierKey: formatTyped(ED25519, name, publicKey),
    sign,
  };
}

/**
 * The signer of a witness's cosignatures (cosignature/v1) that state `time`, in seconds since 1970.
 * What it signs must be a checkpoint's text that the witness has found consistent.
 */
export function cosignerOf(name: string, seed: Uint8Array, time: number): Signer {
  requireRaw(seed);
  const { publicKey, sign } = signingKey(seed);
  return {
    name,
    keyId: checkedKeyId(COSIGNATURE_V1, name, publicKey),
    verifierKey: formatTyped(COSIGNATURE_V1, name, publicKey),
    sign: (text) => formatCosignature(time, sign(cosignedMessage(text, time))),
  };
}

/** A witness's key: what it is known by, and its signer at a moment. */
export interface Cosigner {
  readonly name: string;
  readonly keyId: number;
  /** The public half, as a vkey of type 4. */
  readonly verifierKey: string;
  /** The signer whose cosignatures state `time`, in whole seconds since 1970. */
  at(time: number): Signer;
}

/** Reads an skey: `PRIVATE+KEY+<name>+<key ID>+<base64 of 0x01 and seed>`. Throws KeyRefused. */
export function parseSignerKey(skey: string): Signer {
  const { name, seed } = parseSeed(skey);
  return signerOf(name, seed);
}

/**
 * Reads an skey as a witness's. Its form is the same as a signer's; cosignatures are told apart by
 * the type in their key ID. The seed must serve nothing else (tlog-cosignature). Throws KeyRefused.
 */
export function parseCosignerKey(skey: string): Cosigner {
  const { name, seed } = parseSeed(skey);
  const { keyId, verifierKey } = cosignerOf(name, seed, 0);
  return { name, keyId, verifierKey, at: (time) => cosignerOf(name, seed, time) };
}

function parseSeed(skey: string): { name: string; seed: Uint8Array } {
  if (!skey.startsWith(PRIVATE_PREFIX)) {
    throw new KeyRefused("KEY_MALFORMED", `signer key: begin it with ${PRIVATE_PREFIX}`);
  }
  const { name, id, type, raw } = parseKey(skey.slice(PRIVATE_PREFIX.length));
  if (type !== ED25519) throw unknownType(type);
  requireSameId(id, signerOf(name, raw).keyId);
  return { name, seed: raw };
}

/** Messages never quote the key: it may be the secret one. */
function parseKey(text: string): { name: string; id: string; type: number; raw: Uint8Array } {
  const [, name = "", id = "", encoded = ""] = FORM.exec(text) ?? [];
  const bytes = decodeBase64(encoded);
  const type = bytes?.[0];
  if (!isKeyName(name) || bytes === undefined || type === undefined) {
    throw new KeyRefused("KEY_MALFORMED", "key: write it as name+8 hex digits+base64");
  }
  return { name, id, type, raw: bytes.subarray(1) };
}

function typedVerifier(type: number, name: string, publicKey: Uint8Array): Verifier {
  const adapt = VERIFY.get(type);
  if (adapt === undefined) throw unknownType(type);
  const id = checkedKeyId(type, name, publicKey);
  return { name, keyId: id, verify: adapt(verifyingKey(publicKey)) };
}

function formatTyped(type: number, name: string, publicKey: Uint8Array): string {
  const id = formatKeyId(checkedKeyId(type, name, publicKey));
  return `${name}+${id}+${encodeRaw(type, publicKey)}`;
}

function checkedKeyId(type: number, name: string, publicKey: Uint8Array): number {
  if (!isKeyName(name)) {
    throw new KeyRefused("KEY_MALFORMED", "key name: give one without spaces, controls and +");
  }
  requireRaw(publicKey);
  if (!isStrongPoint(publicKey)) {
    throw new KeyRefused("KEY_MALFORMED", "key: give a canonical Ed25519 key, not of small order");
  }
  return keyId(name, type, publicKey);
}

function unknownType(type: number): KeyRefused {
  return new KeyRefused("KEY_ALGORITHM", `key: signatures of type ${type} are not used here`);
}

function requireRaw(raw: Uint8Array): void {
  if (raw.length !== RAW_KEY_BYTES) {
    throw new KeyRefused("KEY_MALFORMED", `key: give ${RAW_KEY_BYTES} bytes, not ${raw.length}`);
  }
}

function requireSameId(written: string, computed: number): void {
  if (written !== formatKeyId(computed)) {
    throw new KeyRefused("KEY_ID_MISMATCH", "key: its ID is not the one of its name and key bytes");
  }
}

function formatKeyId(id: number): string {
  return id.toString(16).padStart(8, "0");
}

function encodeRaw(type: number, raw: Uint8Array): string {
  return encodeBase64(Uint8Array.of(type, ...raw));
}
