import { join } from "node:path";
import { equalBytes } from "@writ/tlog/hash";
import { formatNote, parseNote } from "@writ/tlog/note";
import type { Frontier } from "@writ/tlog/tree";
import { type Constitution, ConstitutionRefused } from "../constitution.ts";
import {
  type Enacted,
  peekConstitution,
  standingOf,
  verifyConstitutionChain,
} from "../constitution-chain.ts";
import { diskFiles, ensureDirectory, type Files, writeAll } from "./files.ts";
import { guardPath, readGuard } from "./guard.ts";
import { headVerifier } from "./head-key.ts";
import { lockBoth, logBytes } from "./open-log.ts";
import { recover } from "./recover.ts";
import { listSegments } from "./segment.ts";

export interface InstallOptions {
  /** The Bucket's directory. */
  readonly directory: string;
  /** The guard's directory. */
  readonly guard: string;
  /** The constitution, signed: a note. */
  readonly note: Uint8Array;
  readonly files?: Files;
}

export interface Installed {
  /** Its number in the chain; the first one's is 0. */
  readonly number: number;
  readonly enacted: Enacted;
  /** False if it was there already: nothing was changed. */
  readonly isNew: boolean;
}

/** The note verifies, but not for this Bucket as it stands; `code` says why. Nothing was changed. */
export class InstallRefused extends Error {
  override readonly name = "InstallRefused";
  readonly code: "NOT_EMPTY" | "UNCLEAN_END" | "TREE_MOVED";

  constructor(code: InstallRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const FOLDER = "constitution";
const NOTE = /^(0|[1-9]\d{0,5})\.note$/;

/**
 * Puts a constitution in force from the log's present end on, atomically and durably: whoever opens
 * the Bucket afterwards finds the whole chain with it, or the chain as it was. Holds the Bucket's
 * locks, so no writer runs meanwhile: a change takes effect between two runs, and nothing that a
 * writer can send reaches this function.
 *
 * Throws `ConstitutionRefused` (the note, or the chain that it should follow, does not verify),
 * `InstallRefused`, `OpenRefused` (BUCKET_LOCKED, or whatever is wrong with log or guard), or the
 * system's error.
 */
export function installConstitution(options: InstallOptions): Installed {
  const files = options.files ?? diskFiles;
  ensureDirectory(files, options.directory);
  ensureDirectory(files, options.guard);
  const unlock = lockBoth(files, options);
  try {
    return installLocked(files, options);
  } finally {
    unlock();
  }
}

function installLocked(files: Files, { directory, guard, note }: InstallOptions): Installed {
  const notes = readNotes(files, join(directory, FOLDER));
  const last = notes.at(-1);
  if (last !== undefined && equalBytes(digestOf(last), digestOf(note))) {
    const enacted = lastOf(verifyConstitutionChain(notes));
    return { number: notes.length - 1, enacted, isNew: false };
  }
  const chain = verifyConstitutionChain([...notes, note]);
  const enacted = lastOf(chain);
  requireOwnSignatures(note, (chain.at(-2) ?? enacted).constitution);
  if (notes.length === 0) requireEmpty(files, directory, guard);
  else requireAtEnd(files, { directory, guard, notes, from: enacted.constitution.from });
  store(files, directory, `${notes.length}.note`, note);
  return { number: notes.length, enacted, isNew: true };
}

/** Verification takes a signature that means nothing for a sign that the note was tampered with. */
function requireOwnSignatures(note: Uint8Array, { governance }: Constitution): void {
  const [foreign] = standingOf(note, governance).foreign;
  if (foreign === undefined && equalBytes(formatNote(parseNote(note)), note)) return;
  throw new ConstitutionRefused(
    "CONSTITUTION_MALFORMED",
    foreign === undefined
      ? "the note is not written as writ constitution sign writes it; have it signed anew"
      : `the note is also signed by ${foreign}, who does not govern: take that line out`,
  );
}

/** The chain's notes from the first; refuses a folder with anything else in it. */
function readNotes(files: Files, folder: string): Uint8Array[] {
  const names = files.list(folder);
  const foreign = names.find(
    (name) => Number(NOTE.exec(name)?.[1] ?? names.length) >= names.length,
  );
  if (foreign !== undefined) {
    throw new ConstitutionRefused(
      "CONSTITUTION_CHAIN",
      `${join(folder, foreign)} does not belong to an unbroken chain from 0.note on; put back what is missing, or move it away`,
    );
  }
  return names.map((_, number) => files.read(join(folder, `${number}.note`)) ?? new Uint8Array(0));
}

/** A first constitution begins a log; what has events, or a guard that knows some, has one. */
function requireEmpty(files: Files, directory: string, guard: string): void {
  const folders = [join(directory, "log"), join(directory, "tiles")];
  const found =
    folders.find((path) => files.list(path).length > 0) ??
    [join(directory, "epochs"), guardPath(guard)].find((path) => files.read(path) !== undefined);
  if (found === undefined) return;
  throw new InstallRefused(
    "NOT_EMPTY",
    `${found} is of a Bucket that has been used; its constitutions are missing, so put them back, or begin a new Bucket elsewhere`,
  );
}

interface Ending {
  readonly directory: string;
  readonly guard: string;
  readonly notes: readonly Uint8Array[];
  readonly from: Constitution["from"];
}

/**
 * A constitution holds from the very end of the log: what is before it was written under the one
 * before. That end must be beyond doubt, so what a crash left above the guard is not built upon.
 */
function requireAtEnd(files: Files, { directory, guard, notes, from }: Ending): void {
  const key = headVerifier(verifyConstitutionChain(notes));
  const log = join(directory, "log");
  const kept = readGuard(files, guard, key);
  const segments = listSegments(files, log);
  const { frontier, restoration } = recover(logBytes(files, log, segments), kept, key);
  if (restoration !== undefined || (kept === undefined && segments.length > 0)) {
    throw new InstallRefused(
      "UNCLEAN_END",
      `the Bucket in ${directory} did not end in order; start it and stop it once, draft the constitution from the tree that it then has, and have that signed`,
    );
  }
  if (isTree(frontier, from)) return;
  const root = Buffer.from(frontier.root()).toString("hex");
  throw new InstallRefused(
    "TREE_MOVED",
    `it holds from the tree of ${from.size} leaves with root ${from.root}, but the log in ${directory} has ${frontier.size} leaves and root ${root}: draft it again with the Bucket stopped (writ constitution new --like), and have that signed`,
  );
}

function isTree(frontier: Frontier, { size, root }: Constitution["from"]): boolean {
  return frontier.size === size && equalBytes(frontier.root(), Buffer.from(root, "hex"));
}

/** Made beside and renamed: a name in the chain stands for a whole, synced note at every moment. */
function store(files: Files, directory: string, name: string, note: Uint8Array): void {
  const folder = join(directory, FOLDER);
  const staging = join(directory, "staging");
  ensureDirectory(files, folder);
  ensureDirectory(files, staging);
  const fresh = join(staging, `constitution-${name}`);
  files.remove(fresh);
  const handle = files.create(fresh);
  try {
    writeAll(files, handle, fresh, note, 0);
    files.sync(handle);
  } finally {
    files.close(handle);
  }
  files.rename(fresh, join(folder, name));
  files.syncDirectory(folder);
}

function digestOf(note: Uint8Array): Uint8Array {
  return peekConstitution(note).digest;
}

function lastOf(chain: readonly [Enacted, ...Enacted[]]): Enacted {
  return chain.at(-1) ?? chain[0];
}
