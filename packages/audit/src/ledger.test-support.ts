import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { openLog } from "@writ/bucket/append/log";
import type { LogWriter } from "@writ/bucket/append/submission";
import {
  type Constitution,
  constitutionDigest,
  formatConstitution,
} from "@writ/bucket/constitution";
import { signConstitution } from "@writ/bucket/constitution/chain";
import { batchText } from "@writ/bucket/read/batch-signature";
import { diskFolder, type Folder, type FolderEntry, type OpenFile } from "@writ/bucket/read/folder";
import { publishedCheckpoint } from "@writ/bucket/read/published";
import { gatewayName } from "@writ/contract/decision-id";
import { encodeEvent } from "@writ/contract/event";
import { emptyRoot, leafHash } from "@writ/tlog/hash";
import { parseVerifierKey, type Signer, signerOf, type Verifier } from "@writ/tlog/note-key";
import { DONE_HERE, type PureWork } from "./pure-work.ts";

export const ORIGIN = "log.example/writ";

/** Keys from small numbers: the same ones each time. */
function signer(number: number, name: string): Signer {
  return signerOf(name, new Uint8Array(32).fill(number));
}

export const LOG: Signer = signer(1, ORIGIN);
export const OTHER_LOG: Signer = signer(2, ORIGIN);
export const GOVERNANCE: Signer = signer(11, "governance.example");

/** One who appends. */
export interface TestWriter {
  readonly name: string;
  readonly signer: Signer;
}

function writer(number: number): TestWriter {
  const made = signer(number, `writer.example/${number}`);
  const publicKey = Buffer.from(made.verifierKey.split("+").slice(2).join("+"), "base64").subarray(
    1,
  );
  return { name: gatewayName(publicKey), signer: made };
}

export const ALICE: TestWriter = writer(101);
export const BOB: TestWriter = writer(102);
export const STRANGER: TestWriter = writer(103);

const PLENTY = { events: 1_000_000, bytes: 1_000_000_000 };

export function constitutionWith(changes: Partial<Constitution> = {}): Constitution {
  return {
    origin: ORIGIN,
    log_key: LOG.verifierKey,
    event_schema: 1,
    writers: [ALICE, BOB].map(({ name, signer: { verifierKey } }) => ({
      name,
      key: verifierKey,
      quota: PLENTY,
    })),
    quotas: { ...PLENTY, in_flight: 4096 },
    governance: { keys: [GOVERNANCE.verifierKey], threshold: 1 },
    witnesses: [],
    predecessor: null,
    from: { size: 0, root: Buffer.from(emptyRoot()).toString("hex") },
    ...changes,
  };
}

export const FIRST: string = formatConstitution(constitutionWith());

/** A valid event of this writer, epoch and sequence. */
export function eventOf(
  { name }: TestWriter,
  epoch: number,
  sequence: number,
  changes: Partial<Parameters<typeof encodeEvent>[0]> = {},
): Uint8Array {
  return encodeEvent({
    trace_id: "5".repeat(64),
    enforcement_decision_id: `${name}.${epoch}.${sequence}`,
    action_type: "transfer",
    decision: "ALLOW",
    reason_code: "ALLOWED",
    evaluator_trace: {
      engine_version: `3.0.0+${"a".repeat(64)}`,
      caller: null,
      rewrite_class: null,
      validators: {},
      evaluators: [["limit", "EXECUTE", null]],
    },
    timestamp: "2026-11-21T20:45:10.123Z",
    adapter_name: null,
    status: "success",
    ...changes,
  });
}

/** One message of a writer: the events of these sequences, or any bytes. */
export interface TestBatch {
  readonly writer: TestWriter;
  readonly epoch: number;
  readonly batch: number;
  readonly entries: readonly Uint8Array[];
}

/** Signs a batch as its writer does; `claim` bends what is signed. */
export function submissionOf(
  { writer: { name, signer: key }, epoch, batch, entries }: TestBatch,
  claim: { readonly batch?: number; readonly origin?: string } = {},
): TestSubmission {
  const leafHashes = entries.map(leafHash);
  const text = batchText({ origin: ORIGIN, writer: name, epoch, batch, leafHashes, ...claim });
  const signature = key.sign(text);
  return { writer: name, epoch, batch, entries, leafHashes: Buffer.concat(leafHashes), signature };
}

export interface TestSubmission {
  readonly writer: string;
  readonly epoch: number;
  readonly batch: number;
  readonly entries: readonly Uint8Array[];
  readonly leafHashes: Uint8Array;
  readonly signature: Uint8Array;
}

/** `count` events of one writer from a sequence on, as one batch. */
export function batchOf(
  testWriter: TestWriter,
  epoch: number,
  batch: number,
  from: number,
  count: number,
): TestBatch {
  const entries = Array.from({ length: count }, (_, i) => eventOf(testWriter, epoch, from + i));
  return { writer: testWriter, epoch, batch, entries };
}

/** A place for one test's files. */
export interface Place {
  /** The DATA folder. */
  readonly data: string;
  readonly bucket: string;
  readonly guard: string;
  remove(): void;
}

export function makePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), "writ-audit-"));
  const data = join(root, "data");
  return {
    data,
    bucket: join(data, "bucket"),
    guard: join(root, "guard"),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export interface WriteOptions {
  readonly segmentBytes?: number;
  /** Called between two batches, while the log is open. */
  readonly between?: (position: number) => Promise<void>;
  /** Text of the constitution in force; the first one, then installed too, unless stated. */
  readonly constitution?: string;
}

/**
 * Writes constitution 0 and then each batch as a frame of its own, with the Bucket's own writer;
 * resolves when all of it is published.
 */
export async function writeLedger(
  place: Place,
  batches: readonly TestBatch[],
  options: WriteOptions = {},
): Promise<void> {
  const constitution = options.constitution ?? FIRST;
  if (constitution === FIRST) await installConstitution(place, 0, FIRST);
  const open = (): LogWriter =>
    openLog({
      directory: place.bucket,
      guard: place.guard,
      key: { origin: ORIGIN, signer: LOG, verifier: parseVerifierKey(LOG.verifierKey) },
      constitution: constitutionDigest(constitution),
      limits: options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes },
    });
  const log = open();
  const epochs = new Set<string>();
  for (const [position, batch] of batches.entries()) {
    const epoch = `${batch.writer.name}.${batch.epoch}`;
    if (!epochs.has(epoch)) log.raiseEpoch(batch.writer.name, batch.epoch);
    epochs.add(epoch);
    await log.submit(submissionOf(batch));
    await options.between?.(position);
  }
  const { size } = log;
  await log.close();
  if (publishedSize(place) !== size) await publishRest(place, open(), size);
}

/** A log that closes waits only so long for its tiles: what is left, the next opening makes. */
async function publishRest(place: Place, log: LogWriter, size: number): Promise<void> {
  const begun = performance.now();
  while (publishedSize(place) !== size && performance.now() - begun < PUBLISHED_MS) {
    await new Promise((done) => setTimeout(done, 5));
  }
  await log.close();
  if (publishedSize(place) !== size) throw new Error(`${size} events were not published in time`);
}

const PUBLISHED_MS = 30_000;

function publishedSize({ bucket }: Place): number | undefined {
  return publishedCheckpoint(diskFolder(join(bucket, "tiles")))?.checkpoint.size;
}

export async function installConstitution(
  place: Place,
  number: number,
  text: string,
): Promise<void> {
  const folder = join(place.bucket, "constitution");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${number}.note`), signConstitution(text, [GOVERNANCE]));
}

/** A Bucket folder in memory, whose bytes a test may change. */
export type Files = Map<string, Uint8Array>;

/** All files of a Bucket but the lock, by path. */
export function loadFiles(bucket: string): Files {
  const files: Files = new Map();
  for (const entry of readdirSync(bucket, { recursive: true, withFileTypes: true })) {
    const path = relative(bucket, join(entry.parentPath, entry.name));
    if (!entry.isFile() || path.startsWith("lock/")) continue;
    files.set(path, Uint8Array.from(readFileSync(join(bucket, path))));
  }
  return files;
}

export function memoryFolder(files: Files): Folder {
  const folders = childrenOf(files);
  return {
    list: (path) => folders.get(path) ?? [],
    open: (path) => {
      const bytes = files.get(path);
      return bytes === undefined ? undefined : memoryFile(bytes);
    },
    pause: () => {},
  };
}

function memoryFile(bytes: Uint8Array): OpenFile {
  return {
    size: () => bytes.length,
    read: (at, into) => {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      return part.length;
    },
    close: () => {},
  };
}

function childrenOf(files: Files): Map<string, FolderEntry[]> {
  const folders = new Map<string, Map<string, FolderEntry>>();
  for (const path of files.keys()) {
    const parts = path.split("/");
    parts.forEach((name, depth) => {
      const parent = parts.slice(0, depth).join("/");
      const known = folders.get(parent) ?? new Map<string, FolderEntry>();
      known.set(name, { name, kind: depth === parts.length - 1 ? "file" : "folder" });
      folders.set(parent, known);
    });
  }
  return new Map(
    [...folders].map(([path, entries]) => [
      path,
      [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ]),
  );
}

/**
 * 100 events of two writers in 8 frames, in several segments, under two constitutions; checkpoints
 * published on the way, so that old partial tiles stand beside the present ones.
 */
export async function writeSampleLedger(place: Place): Promise<void> {
  const [first, second] = [sampleBatches().slice(0, 1), sampleBatches().slice(1)];
  const segmentBytes = 20_000;
  await writeLedger(place, first, { segmentBytes });
  const successor = successorAt(place);
  await installConstitution(place, 1, successor);
  await writeLedger(place, second, { segmentBytes, constitution: successor });
}

export function sampleBatches(): TestBatch[] {
  return [
    batchOf(ALICE, 1, 1, 1, 13),
    batchOf(BOB, 7, 1, 1, 12),
    batchOf(ALICE, 2, 1, 1, 12),
    batchOf(BOB, 8, 1, 1, 12),
    batchOf(ALICE, 2, 4, 15, 13),
    batchOf(ALICE, 2, 5, 28, 13),
    batchOf(BOB, 8, 2, 14, 12),
    batchOf(ALICE, 3, 1, 1, 13),
  ];
}

/** A constitution that follows the first at the published tree, with a wider quota. */
function successorAt(place: Place): string {
  const published = publishedCheckpoint(diskFolder(join(place.bucket, "tiles")));
  if (published === undefined) throw new Error("nothing is published");
  const { size, root } = published.checkpoint;
  return formatConstitution(
    constitutionWith({
      quotas: { ...PLENTY, in_flight: 8192 },
      predecessor: { digest: Buffer.from(constitutionDigest(FIRST)).toString("hex") },
      from: { size, root: Buffer.from(root).toString("hex") },
    }),
  );
}

/** The pure leaves of verification, each answered once for the same bytes. */
export function remembered(): PureWork {
  const chains = once((_key: Uint8Array, notes: readonly Uint8Array[]) =>
    DONE_HERE.verifyConstitutionChain(notes),
  );
  const leaves = once(leafHash);
  const verifiers = new Map<string, Verifier>();
  return {
    ...DONE_HERE,
    openHead: once(DONE_HERE.openHead),
    leafHashInto: (entry, out, at) => out.set(leaves(entry), at),
    decodeEvent: once(DONE_HERE.decodeEvent),
    verifyConstitutionChain: (notes) => chains(joined(notes), notes),
    verifier: (vkey) => {
      const known = verifiers.get(vkey);
      if (known !== undefined) return known;
      const made = DONE_HERE.verifier(vkey);
      const check = once((_key: Uint8Array, text: Uint8Array, signature: Uint8Array) =>
        made.verify(text, signature),
      );
      const verify: Verifier["verify"] = (text, signature) =>
        check(joined([signature, text]), text, signature);
      const kept = { ...made, verify };
      verifiers.set(vkey, kept);
      return kept;
    },
  };
}

/** In an array of its own: `Buffer.concat` takes small ones from a pool, each at another offset. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * Remembers answers by the bytes of the first argument, which must determine the others. Looks only
 * among keys of the same length that once lay at the same offset: quicker than any digest.
 */
function once<Rest extends readonly unknown[], T>(
  answer: (key: Uint8Array, ...rest: Rest) => T,
): (key: Uint8Array, ...rest: Rest) => T {
  const known = new Map<number, { readonly key: Uint8Array; readonly answer: T }[]>();
  return (key, ...rest) => {
    const place = key.byteOffset * 2 ** 20 + key.length;
    const there = known.get(place) ?? [];
    const found = there.find((one) => Buffer.compare(one.key, key) === 0);
    if (found !== undefined) return found.answer;
    const made = { key: Uint8Array.from(key), answer: answer(key, ...rest) };
    if (there.length < MOST_KEPT) known.set(place, [...there, made]);
    return made.answer;
  };
}

const MOST_KEPT = 16;

let sample: Promise<Files> | undefined;

/** The files of the sample ledger, in memory; the caller's to change. */
export async function sampleFiles(): Promise<Files> {
  sample ??= madeSample();
  return new Map([...(await sample)].map(([path, bytes]) => [path, Uint8Array.from(bytes)]));
}

async function madeSample(): Promise<Files> {
  const place = makePlace();
  try {
    await writeSampleLedger(place);
    return loadFiles(place.bucket);
  } finally {
    place.remove();
  }
}
