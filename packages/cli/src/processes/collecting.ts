import { join } from "node:path";
import { openKeptCheckpoints } from "@writ/audit/kept-checkpoints";
import { type AskedWitness, type Collector, startCollector } from "@writ/audit/witness/collector";
import { verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { diskFolder, type Folder, within } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { TILES_FOLDER } from "@writ/bucket/read/published";
import { parseVerifierKey } from "@writ/tlog/note-key";
import type { Deployment } from "../deployment.ts";
import { describe } from "../operator-error.ts";

/** Between two looks at the constitutions, in milliseconds. */
const INTERVAL_MS = 5000;

/**
 * Collects cosignatures of the witnesses that the constitution in force names with an address. A
 * constitution changes between two runs of the Bucket, while this goes on: its witnesses are asked
 * from then on; while the chain does not verify, those before it are. Throws ConstitutionRefused for
 * a chain that does not verify at first.
 */
export function startCollecting(
  deployment: Deployment,
  onNote: (line: string) => void,
  interval: number = INTERVAL_MS,
): Collector {
  const collecting = new Collecting(deployment, onNote);
  const timer = setInterval(() => collecting.look(), interval).unref();
  return {
    checkpoint: () => collecting.collector.checkpoint(),
    status: () => collecting.collector.status(),
    stop() {
      clearInterval(timer);
      return collecting.stop();
    },
  };
}

class Collecting {
  readonly #deployment: Deployment;
  readonly #onNote: (line: string) => void;
  readonly #bucket: Folder;
  #notes: Uint8Array;
  #asked: string;
  #complaint: string | undefined;
  #former: Promise<unknown> = Promise.resolve();
  collector: Collector;

  constructor(deployment: Deployment, onNote: (line: string) => void) {
    this.#deployment = deployment;
    this.#onNote = onNote;
    this.#bucket = diskFolder(deployment.bucket);
    const notes = readConstitutions(this.#bucket);
    const witnesses = askedWitnesses(notes);
    this.#notes = Buffer.concat(notes);
    this.#asked = namesOf(witnesses);
    this.collector = this.#start(witnesses);
  }

  look(): void {
    try {
      const notes = readConstitutions(this.#bucket);
      const bytes = Buffer.concat(notes);
      if (bytes.equals(this.#notes)) return;
      this.#ask(askedWitnesses(notes));
      this.#notes = bytes;
      this.#complaint = undefined;
    } catch (error) {
      this.#complain(`witnesses: those before are still asked: ${describe(error)}`);
    }
  }

  /** Once: it will most likely be so at the next look. */
  #complain(line: string): void {
    if (line !== this.#complaint) this.#onNote(line);
    this.#complaint = line;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#former, this.collector.stop()]);
  }

  #ask(witnesses: readonly AskedWitness[]): void {
    const names = namesOf(witnesses);
    if (names === this.#asked) return;
    this.#asked = names;
    this.#former = Promise.all([this.#former, this.collector.stop()]);
    this.collector = this.#start(witnesses);
    this.#onNote(`witnesses: asked from now on are ${names === "" ? "none" : names}`);
  }

  #start(witnesses: readonly AskedWitness[]): Collector {
    return startCollector({
      tiles: within(this.#bucket, TILES_FOLDER),
      witnesses,
      kept: openKeptCheckpoints(join(this.#deployment.data, "audit", "checkpoints")),
      onNote: this.#onNote,
    });
  }
}

function askedWitnesses(notes: readonly Uint8Array[]): AskedWitness[] {
  const inForce = verifyConstitutionChain(notes).at(-1);
  return (inForce?.constitution.witnesses ?? []).flatMap(({ key, url }) =>
    url === null ? [] : [{ verifier: parseVerifierKey(key), url }],
  );
}

function namesOf(witnesses: readonly AskedWitness[]): string {
  return witnesses
    .map(({ verifier: { name, keyId }, url }) => `${name}+${keyId.toString(16)} at ${url}`)
    .join(", ");
}
