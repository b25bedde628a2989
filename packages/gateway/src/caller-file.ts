import { createHash, randomBytes } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
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

/** What `addCaller` makes a line of. */
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
  const lines: CallerLine[] = [];
  const seen = new Set<string>();
  for (const [index, text] of readFileSync(file, "utf8").split("\n").entries()) {
    if (text === "") continue;
    const line = parseLine(text);
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

/**
 * Adds a caller and returns its key, the only time it is seen; null for one named by a certificate.
 * Throws CallerRefused, CallersUnreadable.
 */
export function addCaller(file: string, wanted: NewCaller): string | null {
  const key =
    wanted.byCertificate === true ? null : `writ_${randomBytes(32).toString("base64url")}`;
  const rate = wanted.rate ?? null;
  const line: CallerLine = {
    name: wanted.name,
    key_sha256: key === null ? null : digestOf(key),
    categories: wanted.categories ?? null,
    rate,
    burst: wanted.burst ?? (rate === null ? null : Math.max(1, Math.ceil(rate))),
  };
  const fault = faultOf(line);
  if (fault !== undefined) throw new CallerRefused("CALLER_MALFORMED", fault);
  const lines = existsSync(file) ? readCallerLines(file) : [];
  const there = lines.filter(({ name }) => name === line.name);
  if (there.length > 0 && (wanted.another !== true || key === null)) {
    throw new CallerRefused(
      "CALLER_THERE",
      `there is a caller ${line.name} already; revoke it first, or add --another key to it`,
    );
  }
  if (lines.length === 0) writeLines(file, [line]);
  else appendLine(file, line);
  return key;
}

/**
 * Takes a caller away, by its name or by the first digits (8 or more) of its key's digest. Throws
 * CallerRefused (CALLER_UNKNOWN) unless exactly one line is meant.
 */
export function revokeCaller(file: string, who: string): CallerLine {
  const lines = existsSync(file) ? readCallerLines(file) : [];
  const isDigest = /^[0-9a-f]{8,64}$/.test(who);
  const meant = lines.filter(
    ({ name, key_sha256 }) => name === who || (isDigest && key_sha256?.startsWith(who)),
  );
  const [revoked] = meant;
  if (revoked === undefined || meant.length > 1) {
    const what = revoked === undefined ? "no caller is" : "several keys are";
    throw new CallerRefused("CALLER_UNKNOWN", `${what} meant by ${who}; see writ caller list`);
  }
  writeLines(
    file,
    lines.filter((line) => line !== revoked),
  );
  return revoked;
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

/** Two who add at the same time both stay; a line is one write. */
function appendLine(file: string, line: CallerLine): void {
  const gap = readFileSync(file, "utf8").endsWith("\n") ? "" : "\n";
  appendFileSync(file, `${gap}${JSON.stringify(line)}\n`, { flush: true });
}

/** Readers find the old file or the new one, whole; it belongs to whom its folder belongs to. */
function writeLines(file: string, lines: readonly CallerLine[]): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${file}.${randomBytes(4).toString("hex")}.new`;
  try {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    writeFileSync(fresh, text, { mode: 0o600, flag: "wx", flush: true });
    // Never through a link: in its own folder somebody else could put one in the way of root.
    const { uid, gid } = statSync(folder);
    if (process.getuid?.() === 0) lchownSync(fresh, uid, gid);
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
}
