import type { Folder } from "@writ/bucket/read/folder";
import { type Published, publishedCheckpoint, publishedTile } from "@writ/bucket/read/published";
import { formatNote, parseNote, type Signature, sameKey } from "@writ/tlog/note";
import type { Verifier } from "@writ/tlog/note-key";
import type { KeptCheckpoints } from "./kept.ts";
import { Petitioner, type WitnessStatus } from "./petitioner.ts";
import { ServedHeads } from "./served-heads.ts";

/** A witness that is asked. */
export interface AskedWitness {
  readonly verifier: Verifier;
  /** Its submission prefix. */
  readonly url: string;
}

export interface CollectorOptions {
  /** The static tlog-tiles folder that is followed. */
  readonly tiles: Folder;
  readonly witnesses: readonly AskedWitness[];
  readonly kept: KeptCheckpoints;
  /** Told of what went wrong with a witness when that changes, and of a failing disk. */
  readonly onNote: (line: string) => void;
  /** Milliseconds between two looks at the published checkpoint; a second unless stated; after a failure a witness rests as long, then longer. */
  readonly interval?: number;
}

/** Collects cosignatures in the background until it is stopped. */
export interface Collector {
  /**
   * What `/checkpoint` is to answer: the head of the last seconds that has the most cosignatures, or
   * the newest if none has any. Never smaller than an answer before; `undefined` if nothing has been
   * published.
   */
  checkpoint(): Uint8Array | undefined;
  status(): readonly WitnessStatus[];
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
}

const INTERVAL_MS = 1000;

/**
 * Follows the published checkpoint and submits it to each witness: at most one head a second, so
 * that all witnesses are asked about the same ones and a quorum can meet on one; at most one request
 * a witness at a time; none while the head is cosigned already. Nothing here holds up the Bucket or
 * a reader: an absent witness is missing from a checkpoint, and that is all.
 */
export function startCollector(options: CollectorOptions): Collector {
  const collecting = new Collecting(options);
  const timer = setInterval(() => collecting.look(), options.interval ?? INTERVAL_MS);
  collecting.look();
  return {
    checkpoint: () => collecting.served.checkpoint(publishedCheckpoint(options.tiles)),
    status: () => collecting.petitioners.map((one) => one.status()),
    async stop() {
      clearInterval(timer);
      await Promise.all(collecting.petitioners.map((one) => one.stop()));
    },
  };
}

class Collecting {
  readonly served: ServedHeads = new ServedHeads();
  readonly petitioners: readonly Petitioner[];
  readonly #options: CollectorOptions;
  #complaint: string | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.petitioners = options.witnesses.map(
      (witness) =>
        new Petitioner({
          ...witness,
          pause: options.interval ?? INTERVAL_MS,
          readTile: (tile, size) => publishedTile(options.tiles, tile, size),
          onCosigned: (published, signature) => this.#add(published, signature),
          onNote: options.onNote,
        }),
    );
  }

  look(): void {
    try {
      const published = publishedCheckpoint(this.#options.tiles);
      if (published === undefined) return;
      const known = this.#options.kept.read(published.checkpoint.size);
      if (known !== undefined) requireSameText(known, published.note);
      this.served.offer(published, known ?? published.note);
      for (const petitioner of this.petitioners) petitioner.ask(published, known);
      this.#complaint = undefined;
    } catch (error) {
      this.#complain(`witnesses: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Once: what is wrong now will most likely be wrong at the next look. */
  #complain(line: string): void {
    if (line !== this.#complaint) this.#options.onNote(line);
    this.#complaint = line;
  }

  #add({ checkpoint, note }: Published, signature: Signature): void {
    const { kept } = this.#options;
    const merged = withSignature(kept.read(checkpoint.size), note, signature);
    kept.keep(checkpoint.size, merged);
    this.served.offer({ checkpoint, note }, merged);
  }
}

/** The note with one more signature, and with those that were collected for the same text before. */
function withSignature(
  known: Uint8Array | undefined,
  note: Uint8Array,
  signature: Signature,
): Uint8Array {
  if (known !== undefined) requireSameText(known, note);
  const { text, signatures } = parseNote(known ?? note);
  const others = signatures.filter((one) => !sameKey(one, signature));
  return formatNote({ text, signatures: [...others, signature] });
}

/** Two heads of one size and log prove that it forked; the one kept first is not given up. */
function requireSameText(known: Uint8Array, note: Uint8Array): void {
  const before = parseNote(known).text;
  if (before === parseNote(note).text) return;
  const size = before.split("\n")[1];
  throw new Error(`the log has published another head of ${size} events than the one kept`);
}
