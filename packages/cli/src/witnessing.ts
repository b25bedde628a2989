import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Verdict, WatchedLog } from "@writ/audit/witness/witness";
import { generateSignerKey, signerKeyLine } from "@writ/bucket/writer-key";
import { type Cosigner, KeyRefused, parseCosignerKey, parseVerifierKey } from "@writ/tlog/note-key";
import { OperatorError } from "./operator-error.ts";
import { secret } from "./secret-file.ts";

/** A witness's key, and whether it was made just now. */
export interface WitnessKey {
  readonly cosigner: Cosigner;
  readonly isNew: boolean;
}

/**
 * The key in a witness's folder; made, with the folder, at the first use. The memory stands before
 * the key does: a key without one, or the other way round, is what is left of a witness, and must
 * not sign again.
 */
export function openWitnessKey(folder: string, name: string | undefined): WitnessKey {
  const data = resolve(folder);
  const path = join(data, "witness.key");
  const memory = join(data, "logs");
  const publicHalf = join(data, "witness.vkey");
  const isNew = !existsSync(path);
  if (isNew && existsSync(publicHalf)) throw lost(`${path} is gone, and ${publicHalf} is there`);
  if (isNew) makeMemory(memory, path);
  else if (!existsSync(memory)) throw lost(`${memory} is gone, and with it what ${path} cosigned`);
  secret(path, () =>
    generateSignerKey(name ?? `localhost/witness-${randomBytes(4).toString("hex")}`),
  );
  const cosigner = parseCosignerKey(signerKeyLine(readFileSync(path, "utf8")));
  if (name !== undefined && name !== cosigner.name) {
    throw new OperatorError(`--name ${name}: the key in ${path} is of ${cosigner.name}`);
  }
  secret(publicHalf, () => `${cosigner.verifierKey}\n`);
  return { cosigner, isNew };
}

/** Synced with the key, which comes right after it. */
function makeMemory(memory: string, key: string): void {
  mkdirSync(memory, { recursive: true, mode: 0o700 });
  if (readdirSync(memory).length > 0) throw lost(`${memory} holds heads, but there is no ${key}`);
}

function lost(what: string): OperatorError {
  return new OperatorError(`${what}: begin a new witness in another folder, with a key of its own`);
}

const LOG = /^([^+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44})(?:=(.+))?$/;

/**
 * Reads the `--log` arguments, `VKEY[=ORIGIN]` each, or `FILE[=ORIGIN]` of a file that holds the
 * vkey. The origin is the key's name unless stated; several keys may share one.
 */
export function watchedLogs(args: readonly string[]): WatchedLog[] {
  const logs = new Map<string, WatchedLog>();
  for (const argument of args) {
    const { key, origin } = watchedLog(argument);
    const known = logs.get(origin)?.keys ?? [];
    logs.set(origin, { origin, keys: [...known, key] });
  }
  return [...logs.values()];
}

function watchedLog(argument: string) {
  const [, vkey = "", stated] = LOG.exec(argument) ?? fromFile(argument) ?? [];
  try {
    const key = parseVerifierKey(vkey);
    return { key, origin: stated ?? key.name };
  } catch (error) {
    if (!(error instanceof KeyRefused)) throw error;
    throw new OperatorError(`--log ${argument}: give a vkey, or a file that holds one`);
  }
}

function fromFile(argument: string): (string | undefined)[] | undefined {
  const path = existsSync(argument) ? argument : argument.split("=")[0];
  if (path === undefined || path === "" || !existsSync(path)) return undefined;
  const origin = path === argument ? undefined : argument.slice(path.length + 1);
  return [argument, readFileSync(path, "utf8").trim(), origin];
}

/** One line about a request, for people. */
export function verdictLine({ status, origin, size, oldSize, cause, suspect }: Verdict): string {
  const log = origin ?? "no log";
  if (status === 200) return `cosigned ${log} at ${size}`;
  const line = `refused ${status}: ${log}: ${cause} (from ${oldSize ?? "?"} to ${size ?? "?"})`;
  return suspect === null ? line : `${line}; the log signed it:\n${suspect.trimEnd()}`;
}

/** The same for programs: one JSON object. */
export function verdictJson(verdict: Verdict, time: Date): string {
  const { status, origin, size, oldSize, cause, suspect } = verdict;
  const fields = { time: time.toISOString(), status, origin, old_size: oldSize, size, cause };
  return JSON.stringify(suspect === null ? fields : { ...fields, suspect });
}
