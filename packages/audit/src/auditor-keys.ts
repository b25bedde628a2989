import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";

/** What a key opens: everything there is to read, or the numbers of `/metrics` alone. */
export type Scope = "events" | "metrics";

/** Who may read: the SHA-256 digests of the auditors' keys. The keys themselves are kept nowhere. */
export interface AuditorKeys {
  /** Whether this key opens what is of this scope. */
  admits(presentedKey: string, scope: Scope): boolean;
}

/** One line of the key file. */
export interface Auditor {
  /** SHA-256 of the key, 64 hex digits. */
  readonly digest: string;
  readonly scope: Scope;
  readonly name: string;
}

/** A line of the key file is not `<64 lowercase hex>[:metrics][ <name>]`. */
export class AuditorKeysUnreadable extends Error {
  readonly code = "AUDITOR_KEYS_UNREADABLE";

  constructor(file: string, line: number) {
    super(
      `${file}:${line}: write the SHA-256 of an auditor's key as 64 hex digits, then a name; or remove the line`,
    );
    this.name = "AuditorKeysUnreadable";
  }
}

/** The key file cannot be changed as asked. */
export class AuditorRefused extends Error {
  override readonly name = "AuditorRefused";
  readonly code: "AUDITOR_THERE" | "AUDITOR_UNKNOWN";

  constructor(code: AuditorRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The keys in a file, read again whenever it has changed, so that a revoked key opens nothing from
 * then on. A missing file admits nobody; nor does one that has become unreadable, and `onFault` is
 * told once. Throws AuditorKeysUnreadable if the file is so at first.
 */
export function readAuditorKeys(
  file: string,
  onFault: (fault: Error) => void = () => {},
): AuditorKeys {
  let state = stateOf(file);
  let auditors = listAuditors(file);
  return {
    admits(presentedKey, scope) {
      const now = stateOf(file);
      if (now !== state) {
        state = now;
        auditors = orNobody(() => listAuditors(file), onFault);
      }
      return admits(auditors, presentedKey, scope);
    },
  };
}

/** The auditors in a key file, in its order; none if it is missing. Throws AuditorKeysUnreadable. */
export function listAuditors(file: string): Auditor[] {
  return existsSync(file) ? auditorsIn(file, readFileSync(file, "utf8")) : [];
}

/** The same of a text; `file` is what a fault names. */
function auditorsIn(file: string, text: string): Auditor[] {
  const auditors: Auditor[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const auditor = parseLine(line);
    if (auditor === undefined) throw new AuditorKeysUnreadable(file, index + 1);
    auditors.push(auditor);
  }
  return auditors;
}

/** A new auditor's key: 256 random bits, base64url. */
export function generateAuditorKey(): string {
  return randomBytes(32).toString("base64url");
}

/** The line that admits this key, with its newline. */
export function auditorLine(key: string, name: string, scope: Scope = "events"): string {
  const oneLine = name.replaceAll(/\s+/g, " ").trim();
  return format({ digest: digestOf(key).toString("hex"), scope, name: oneLine });
}

/** A key file with an auditor more, and the key: the only time that it is seen. */
export interface AuditorAdded {
  readonly text: string;
  readonly key: string;
}

/**
 * Adds a new auditor to the text of a key file. Throws AuditorRefused (AUDITOR_THERE) if the name is
 * taken, and AuditorKeysUnreadable.
 */
export function auditorAdded(
  file: string,
  text: string,
  name: string,
  scope: Scope = "events",
): AuditorAdded {
  const key = generateAuditorKey();
  const line = auditorLine(key, name, scope);
  const made = parseLine(line.slice(0, -1))?.name;
  const known = auditorsIn(file, text);
  if (made !== "" && known.some((auditor) => auditor.name === made)) {
    throw new AuditorRefused(
      "AUDITOR_THERE",
      `there is an auditor ${made} already; revoke it first`,
    );
  }
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  return { text: `${text}${gap}${line}`, key };
}

/** A key file with an auditor less. */
export interface AuditorRevoked {
  readonly text: string;
  readonly revoked: Auditor;
}

/**
 * Takes an auditor out of the text of a key file, by its name or by the first digits (8 or more) of
 * its digest. Throws AuditorRefused (AUDITOR_UNKNOWN) unless exactly one is meant.
 */
export function auditorRevoked(file: string, text: string, who: string): AuditorRevoked {
  const auditors = auditorsIn(file, text);
  const isDigest = /^[0-9a-f]{8,64}$/.test(who);
  const meant = auditors.filter(
    ({ name, digest }) => name === who || (isDigest && digest.startsWith(who)),
  );
  const [revoked] = meant;
  if (revoked === undefined || meant.length > 1) {
    const what = revoked === undefined ? "no auditor is" : "several auditors are";
    throw new AuditorRefused("AUDITOR_UNKNOWN", `${what} meant by ${who}; see writ auditor list`);
  }
  const left = auditors.filter((auditor) => auditor !== revoked);
  return { text: left.map(format).join(""), revoked };
}

/** The key that a request carries, as `Authorization: Bearer KEY`. Nowhere else: a URL is logged. */
export function presentedKey(request: IncomingMessage): string {
  return /^Bearer ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}

const LINE = /^([0-9a-f]{64})(:metrics)?(?: (.*))?$/;

function parseLine(line: string): Auditor | undefined {
  const [, digest, metrics, name = ""] = LINE.exec(line) ?? [];
  if (digest === undefined) return undefined;
  return { digest, scope: metrics === undefined ? "events" : "metrics", name };
}

function format({ digest, scope, name }: Auditor): string {
  return `${digest}${scope === "metrics" ? ":metrics" : ""} ${name}\n`;
}

function admits(auditors: readonly Auditor[], presentedKey: string, scope: Scope): boolean {
  const presented = digestOf(presentedKey);
  let admitted = false;
  // No early exit: how long it takes must not tell which key came near.
  for (const auditor of auditors) {
    const isSame = timingSafeEqual(Buffer.from(auditor.digest, "hex"), presented);
    admitted = (isSame && (auditor.scope === "events" || scope === "metrics")) || admitted;
  }
  return admitted;
}

function orNobody(read: () => Auditor[], onFault: (fault: Error) => void): Auditor[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    onFault(error);
    return [];
  }
}

/** Changes when the file does. */
function stateOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "missing" : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

function digestOf(key: string): Buffer {
  return createHash("sha256").update(key, "utf8").digest();
}
