import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { isCategory } from "@writ/contract/category";
import { isTransient } from "@writ/contract/transient";

/** One line of the callers file: who may call, and how much. */
export interface CallerLine {
  /** `^[a-z][a-z0-9_.-]{0,63}$`, and no UUID: what a policy sees as `host.caller`. */
  readonly name: string;
  /** SHA-256 of the key, 64 hex digits; null for one whom a client certificate names. */
  readonly key_sha256: string | null;
  /** The categories that this caller may use; null for all. */
  readonly categories: readonly string[] | null;
  /** Attempts a second, and how many at once after a pause; null for no bound but the gateway's. */
  readonly rate: number | null;
  readonly burst: number | null;
}

/** A line of the callers file is not what this page says. */
export class CallersUnreadable extends Error {
  override readonly name = "CallersUnreadable";
  readonly code: "CALLERS_UNREADABLE" = "CALLERS_UNREADABLE";
}

/** The callers file cannot be changed as asked. */
export class CallerRefused extends Error {
  override readonly name = "CallerRefused";
  readonly code: "CALLER_THERE" | "CALLER_UNKNOWN" | "CALLER_MALFORMED";

  constructor(code: CallerRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** What `callerAdded` makes a line of. */
export interface NewCaller {
  readonly name: string;
  readonly categories?: readonly string[];
  readonly rate?: number;
  /** Without it, the rate rounded up. */
  readonly burst?: number;
  /** Named by a client certificate instead of a key. */
  readonly byCertificate?: boolean;
  /** A further key for a name that is there, so that keys change without a gap. */
  readonly another?: boolean;
}

const MEMBERS = "burst,categories,key_sha256,name,rate";
const FAULTS: Readonly<Record<keyof CallerLine, string>> = {
  name: "name a caller ^[a-z][a-z0-9_.-]{0,63}$, and not by a UUID: a policy sees the name",
  key_sha256: "give key_sha256 as 64 hex digits, or null for a caller named by its certificate",
  categories: "give categories as an array of at least one category, or null for all",
  rate: "give rate as attempts a second, 0.001 to 1000000, or null for no bound",
  burst: "give burst as a whole number from 1 to 1000000; null only where rate is null",
};

/** The callers in a file, in its order. Throws CallersUnreadable, or the system's error. */
export function readCallerLines(file: string): CallerLine[] {
  return callerLines(file, readFileSync(file, "utf8"));
}

/** The same of a text; `file` is what a fault names. */
export function callerLines(file: string, text: string): CallerLine[] {
  const lines: CallerLine[] = [];
  const seen = new Set<string>();
  for (const [index, each] of text.split("\n").entries()) {
    if (each === "") continue;
    const line = parseLine(each);
    // The text itself stays out of the message: somebody may have put a key where its hash belongs.
    if (typeof line === "string") throw new CallersUnreadable(`${file}:${index + 1}: ${line}`);
    const who = line.key_sha256 ?? line.name;
    if (seen.has(who)) {
      throw new CallersUnreadable(`${file}:${index + 1}: two lines for one key; remove one`);
    }
    seen.add(who);
    lines.push(line);
  }
  return lines;
}

/** A callers file with a caller more. */
export interface CallerAdded {
  readonly text: string;
  /** The caller's key, the only time it is seen; null for one named by a certificate. */
  readonly key: string | null;
}

/** Adds a caller to the text of a callers file. Throws CallerRefused, CallersUnreadable. */
export function callerAdded(file: string, text: string, wanted: NewCaller): CallerAdded {
  const key =
    wanted.byCertificate === true ? null : `writ_${randomBytes(32).toString("base64url")}`;
  const line = lineOf(wanted, key);
  const fault = faultOf(line);
  if (fault !== undefined) throw new CallerRefused("CALLER_MALFORMED", fault);
  const there = callerLines(file, text).filter(({ name }) => name === line.name);
  if (there.length > 0 && (wanted.another !== true || key === null)) {
    throw new CallerRefused(
      "CALLER_THERE",
      `there is a caller ${line.name} already; revoke it first, or add --another key to it`,
    );
  }
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  return { text: `${text}${gap}${JSON.stringify(line)}\n`, key };
}

function lineOf(wanted: NewCaller, key: string | null): CallerLine {
  const rate = wanted.rate ?? null;
  return {
    name: wanted.name,
    key_sha256: key === null ? null : digestOf(key),
    categories: wanted.categories ?? null,
    rate,
    burst: wanted.burst ?? (rate === null ? null : Math.max(1, Math.ceil(rate))),
  };
}

/** A callers file with a caller less. */
export interface CallerRevoked {
  readonly text: string;
  readonly revoked: CallerLine;
}

/**
 * Takes a caller out of the text of a callers file, by its name or by the first digits (8 or more)
 * of its key's digest. Throws CallerRefused (CALLER_UNKNOWN) unless exactly one line is meant.
 */
export function callerRevoked(file: string, text: string, who: string): CallerRevoked {
  const lines = callerLines(file, text);
  const isDigest = /^[0-9a-f]{8,64}$/.test(who);
  const meant = lines.filter(
    ({ name, key_sha256 }) => name === who || (isDigest && key_sha256?.startsWith(who)),
  );
  const [revoked] = meant;
  if (revoked === undefined || meant.length > 1) {
    const what = revoked === undefined ? "no caller is" : "several keys are";
    throw new CallerRefused("CALLER_UNKNOWN", `${what} meant by ${who}; see writ caller list`);
  }
  const left = lines.filter((line) => line !== revoked);
  return { text: left.map((line) => `${JSON.stringify(line)}\n`).join(""), revoked };
}

/** SHA-256 of a key, 64 hex digits. */
export function digestOf(key: string): string {
  return createHash("sha256").update(key, "utf8").digest("hex");
}

function parseLine(text: string): CallerLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "write one JSON object a line; or remove the line";
  }
  if (typeof value !== "object" || value === null || Object.keys(value).sort().join() !== MEMBERS) {
    return `write an object of exactly ${MEMBERS.replaceAll(",", ", ")}; or remove the line`;
  }
  return faultOf(value as Readonly<Record<keyof CallerLine, unknown>>) ?? (value as CallerLine);
}

function faultOf(line: Readonly<Record<keyof CallerLine, unknown>>): string | undefined {
  const { name, key_sha256, categories, rate, burst } = line;
  const holds: Readonly<Record<keyof CallerLine, boolean>> = {
    name: typeof name === "string" && /^[a-z][a-z0-9_.-]{0,63}$/.test(name) && !isTransient(name),
    key_sha256:
      key_sha256 === null || (typeof key_sha256 === "string" && /^[0-9a-f]{64}$/.test(key_sha256)),
    categories: categories === null || isCategories(categories),
    rate: rate === null || (typeof rate === "number" && rate >= 0.001 && rate <= 1e6),
    burst: rate === null ? burst === null : isBurst(burst),
  };
  const names = Object.keys(FAULTS) as (keyof CallerLine)[];
  const wrong = names.find((member) => !holds[member]);
  return wrong === undefined ? undefined : FAULTS[wrong];
}

function isBurst(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= 1e6;
}

function isCategories(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((item) => typeof item === "string" && isCategory(item));
}
