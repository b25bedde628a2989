import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { openKeptCheckpoints } from "@writ/audit/kept-checkpoints";
import type { KeptHead } from "@writ/audit/known-heads";
import type { Pinned } from "@writ/audit/pinned";
import type { VerifyOptions } from "@writ/audit/verify";
import { OperatorError } from "./operator-error.ts";
import { type Arguments, optional, repeated, UsageError } from "./verb.ts";
import { verifierKey } from "./verifier-key-argument.ts";

/** The signature type of a witness's key (C2SP signed-note, "Signature types"). */
const COSIGNATURE = 4;

/** What the flags of `writ verify DIR` bring from outside the Bucket. Throws UsageError, OperatorError. */
export function evidenceArguments(directory: string, args: Arguments): VerifyOptions {
  const data = dataFolder(directory);
  const key = optional(args, "key");
  const pin = optional(args, "constitution");
  const witnesses = witnessEvidence(data, args);
  return {
    ...(key === undefined ? {} : { key: verifierKey(key) }),
    ...(pin === undefined ? {} : { pinned: pinnedFile(pin) }),
    ...(witnesses === undefined ? {} : { witnesses }),
    ...guardEvidence(data, optional(args, "guard")),
    since: repeated(args, "since").map((path) => headFile("--since", path)),
  };
}

/** The guard beside the Bucket, where no other is named: evidence if it is there, said if it is not. */
export function guardBeside(directory: string): VerifyOptions {
  return guardEvidence(dataFolder(directory), undefined);
}

/** DATA, whether it or the folder `bucket` in it was given. */
function dataFolder(directory: string): string {
  const path = resolve(directory);
  return existsSync(join(path, "bucket")) || basename(path) !== "bucket" ? path : dirname(path);
}

function guardEvidence(data: string, given: string | undefined): VerifyOptions {
  if (given !== undefined) {
    const file = isFolder(given) ? join(given, "head") : given;
    return { guard: headFile("--guard", file) };
  }
  const beside = join(data, "guard", "head");
  if (!existsSync(beside)) return { guardMissing: beside };
  return { guard: headFile("the guard", beside) };
}

function headFile(flag: string, path: string): KeptHead {
  return { name: path, note: read(flag, path) };
}

/** A constitution's note, or a governance file: a line `threshold K` if fewer than all must sign, and a vkey a line. */
function pinnedFile(path: string): Pinned {
  const note = read("--constitution", path);
  const lines = note.toString("utf8").trim().split("\n");
  if (lines[0]?.startsWith("{") === true) return { kind: "constitution", note };
  const stated = /^threshold ([1-9]\d{0,2})$/.exec(lines[0] ?? "")?.[1];
  const named = stated === undefined ? lines : lines.slice(1);
  const keys = named.map((one) => verifierKey(one, `--constitution ${path}:`));
  const threshold = stated === undefined ? keys.length : Number(stated);
  if (threshold > keys.length) {
    throw new OperatorError(`${path}: a threshold of ${threshold} needs as many governance keys`);
  }
  requireDistinct("--constitution", keys);
  return { kind: "keys", keys, threshold };
}

function witnessEvidence(data: string, args: Arguments): VerifyOptions["witnesses"] {
  const keys = repeated(args, "witness").map(witnessKey);
  const quorum = optional(args, "quorum");
  const files = repeated(args, "cosigned");
  if (keys.length === 0) {
    if (quorum === undefined && files.length === 0) return undefined;
    throw new UsageError("--quorum and --cosigned need a --witness");
  }
  requireDistinct("--witness", keys);
  const least = quorum === undefined ? keys.length : Number(quorum);
  if (!Number.isInteger(least) || least < 1 || least > keys.length) {
    throw new UsageError(`--quorum: give a number from 1 to ${keys.length}`);
  }
  const given = files.map((path) => read("--cosigned", path));
  return { keys, quorum: least, notes: cosignedNotes(given, join(data, "audit", "checkpoints")) };
}

function witnessKey(argument: string): string {
  const vkey = verifierKey(argument, "--witness");
  // A key of another type verifies no cosignature: it could only ever be missing.
  if (typeAndKey(vkey).readUInt8(0) === COSIGNATURE) return vkey;
  throw new UsageError(`--witness ${argument}: give a key of cosignatures, of signature type 4`);
}

function* cosignedNotes(given: readonly Uint8Array[], folder: string): Generator<Uint8Array> {
  yield* given;
  const kept = openKeptCheckpoints(folder);
  for (const size of kept.newestFirst()) {
    const note = kept.read(size);
    if (note !== undefined) yield note;
  }
}

/** The last part of a vkey, `name+id+base64`: the signature type, and the public key. */
function typeAndKey(vkey: string): Buffer {
  return Buffer.from(vkey.split("+").slice(2).join("+"), "base64");
}

/** One key under two names would count twice. */
function requireDistinct(flag: string, vkeys: readonly string[]): void {
  const publicKeys = vkeys.map((vkey) => typeAndKey(vkey).toString("hex"));
  if (new Set(publicKeys).size === vkeys.length) return;
  throw new UsageError(`${flag}: the same key is given twice`);
}

function read(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`${flag} ${path} cannot be read (${why})`);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
