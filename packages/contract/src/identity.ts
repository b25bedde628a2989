import { sha256Hex } from "#sha256";

/** The version of Writ's evaluation semantics; a change of meaning raises it. */
export const SEMANTICS = "3.0.0";

/** A text is not 64 lowercase hex digits. */
export class NotADigest extends Error {
  readonly code = "NOT_A_DIGEST";

  constructor(text: string) {
    super(`give a SHA-256 as 64 lowercase hex digits, not ${JSON.stringify(text.slice(0, 80))}`);
    this.name = "NotADigest";
  }
}

/**
 * contract §1.2: lowercase hex of SHA-256 over normal form + category + engine version, as UTF-8.
 * Plain concatenation is injective: the form is self-delimiting JSON, a category has no digit,
 * and a version begins with one.
 */
export function traceId(form: string, category: string, engineVersion: string): string {
  return sha256Hex(form + category + engineVersion);
}

/**
 * `3.0.0+<digest>`: the policy decides, so its digest is part of the version.
 *
 * @throws NotADigest
 */
export function engineVersion(bundleDigestHex: string): string {
  return `${SEMANTICS}+${digest(bundleDigestHex)}`;
}

/**
 * What stands for the normal form of bytes that are no input object: their SHA-256 as a JSON
 * string. No object has such a form.
 *
 * @throws NotADigest
 */
export function digestForm(hex: string): string {
  return `"${digest(hex)}"`;
}

/**
 * What stands for the normal form of a refused object: its form of steps 1 and 2 in brackets. No
 * accepted input has such a form.
 */
export function bracketForm(form: string): string {
  return `[${form}]`;
}

function digest(hex: string): string {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new NotADigest(hex);
  return hex;
}
