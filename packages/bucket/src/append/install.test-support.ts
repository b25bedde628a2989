import type { Signer } from "@writ/tlog/note-key";
import { type Constitution, constitutionDigest, formatConstitution } from "../constitution.ts";
import { type Enacted, signConstitution, verifyConstitutionChain } from "../constitution-chain.ts";
import { FaultDisk } from "../testing/fault-disk.ts";
import { submissionOf, WRITER } from "../testing/log-fixture.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { constitutionWith, ORIGIN, signer } from "./bucket.test-support.ts";
import { headKey } from "./head-key.ts";
import { type Installed, installConstitution } from "./install.ts";
import type { LogLimits } from "./log-writer.ts";
import { openLog } from "./open-log.ts";
import type { LogWriter } from "./submission.ts";

export const BUCKET = "/data/bucket";
export const GUARD = "/data/guard";
export const LOG: Signer = signer(1, ORIGIN);
export const NEXT_LOG: Signer = signer(2, ORIGIN);
/** Three who govern, two of whom suffice. */
export const GOVERNORS: readonly Signer[] = [11, 12, 13].map((number) => signer(number));
export const TWO: readonly Signer[] = GOVERNORS.slice(0, 2);

export const FIRST: Constitution = constitutionWith({
  governance: { keys: GOVERNORS.map(({ verifierKey }) => verifierKey), threshold: 2 },
});

export function noteOf(constitution: Constitution, governors: readonly Signer[] = TWO): Uint8Array {
  return signConstitution(formatConstitution(constitution), governors);
}

export function emptyDisk(): FaultDisk {
  const disk = new FaultDisk();
  disk.makeDirectory("/data");
  disk.syncDirectory("/");
  return disk;
}

export function install(disk: FaultDisk, note: Uint8Array): Installed {
  return installConstitution({ directory: BUCKET, guard: GUARD, note, files: disk });
}

export function chainOn(disk: FaultDisk): readonly [Enacted, ...Enacted[]] {
  const notes: Uint8Array[] = [];
  for (;;) {
    const note = disk.contents().get(`${BUCKET}/constitution/${notes.length}.note`);
    if (note === undefined) return verifyConstitutionChain(notes);
    notes.push(note);
  }
}

/** So that a small segment holds few. */
const EVENT_BYTES = 600;

export interface OpenBucket {
  readonly writer: LogWriter;
  readonly clock: ManualClock;
}

/** Opens the Bucket under the constitution in force, as the recording process does. */
export function open(
  disk: FaultDisk,
  log: Signer = LOG,
  limits: Partial<LogLimits> = {},
): OpenBucket {
  const chain = chainOn(disk);
  const { constitution, digest } = chain.at(-1) ?? chain[0];
  const clock = new ManualClock();
  const writer = openLog({
    directory: BUCKET,
    guard: GUARD,
    key: headKey(chain, log),
    constitution: digest,
    from: constitution.from,
    files: disk,
    clock,
    limits,
  });
  return { writer, clock };
}

/** Appends `count` events, a frame each. */
export async function append(writer: LogWriter, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await writer.submit(submissionOf(writer.size, 1, EVENT_BYTES));
}

/** A Bucket with its first constitution and so many events, stopped in order. */
export async function grownBucket(events: number, limits?: Partial<LogLimits>): Promise<FaultDisk> {
  const disk = emptyDisk();
  install(disk, noteOf(FIRST));
  await run(disk, events, LOG, limits);
  return disk;
}

/** Rises with each run, on whatever disk. */
let epoch = 0;

/** Opens, appends and closes. */
export async function run(
  disk: FaultDisk,
  events: number,
  log: Signer = LOG,
  limits?: Partial<LogLimits>,
): Promise<void> {
  const { writer } = open(disk, log, limits);
  epoch += 1;
  writer.raiseEpoch(WRITER, epoch);
  await append(writer, events);
  await writer.close();
}

/** The tree that the guard knows, as a constitution names it. */
export function endOf(disk: FaultDisk): Constitution["from"] {
  const note = Buffer.from(disk.contents().get(`${GUARD}/head`) ?? []).toString();
  const [, size = "", root = ""] = note.split("\n");
  return { size: Number(size), root: Buffer.from(root, "base64").toString("hex") };
}

/** What may follow the constitution in force, from the log's end on. */
export function successorOn(disk: FaultDisk, changes: Partial<Constitution> = {}): Constitution {
  const chain = chainOn(disk);
  const last = chain.at(-1) ?? chain[0];
  const digest = Buffer.from(constitutionDigest(last.text)).toString("hex");
  return { ...last.constitution, predecessor: { digest }, from: endOf(disk), ...changes };
}
