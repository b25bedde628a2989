import { governing } from "@writ/bucket/constitution/chain";
import { batchForm } from "@writ/bucket/read/batch-signature";
import { entryCount, type Frame, type FrameSubmission } from "@writ/bucket/read/frame";
import type { LogItem, Place } from "@writ/bucket/read/log";
import { EventRefused } from "@writ/contract/event";
import { CheckpointRefused } from "@writ/tlog/checkpoint";
import { equalBytes, HASH_SIZE } from "@writ/tlog/hash";
import { NoteRefused } from "@writ/tlog/note";
import type { Verifier } from "@writ/tlog/note-key";
import type { Chain } from "./constitution-check.ts";
import { EventForms } from "./event-forms.ts";
import type { FrameFacts, SubmissionFacts } from "./facts.ts";
import type { PureWork } from "./pure-work.ts";
import { subtreesOf } from "./subtrees.ts";
import type { Fault } from "./verify-report.ts";

type FrameItem = Extract<LogItem, { kind: "frame" }>;

/** What a judgement of a frame gives besides facts: what the tree and the tiles are made of. */
export interface JudgedFrame {
  readonly facts: Omit<FrameFacts, "tiles">;
  /** Leaf hashes of all its entries, 32 bytes each. */
  readonly leaves: Uint8Array;
}

/**
 * Puts to a frame every question that its own bytes and the constitutions answer. All of the
 * costly work is here, and none of it depends on what stands before the frame.
 */
export class FrameJudge {
  readonly #chain: Chain;
  readonly #work: PureWork;
  readonly #cuts: readonly number[];
  readonly #forms: EventForms;
  readonly #verifiers = new Map<string, Verifier>();

  /** `cuts` are the tree sizes, ascending, that someone claims a root for: no subtree spans one. */
  constructor(chain: Chain, cuts: readonly number[], work: PureWork) {
    this.#chain = chain;
    this.#cuts = cuts;
    this.#work = work;
    this.#forms = new EventForms(work.decodeEvent);
  }

  judge({ file, offset, frame }: FrameItem): JudgedFrame {
    const { firstIndex, constitution, note } = frame;
    const inForce = governing(this.#chain, firstIndex);
    const leaves = this.#leafHashes(frame);
    const place: Place = { file, offset };
    const faults: Fault[] = [];
    if (!equalBytes(constitution, inForce.digest)) {
      const message = "the frame names a constitution that is not in force";
      faults.push({ index: firstIndex, check: "frame-constitution", message });
    }
    const facts = {
      kind: "frame" as const,
      ...place,
      firstIndex,
      faults,
      submissions: this.#submissions(frame, leaves),
      subtrees: subtreesOf(firstIndex, leaves, this.#cuts),
      ...this.#head(note, inForce.constitution.log_key, firstIndex),
    };
    return { facts, leaves };
  }

  #leafHashes({ submissions }: Frame): Uint8Array {
    const leaves = new Uint8Array(HASH_SIZE * entryCount(submissions));
    let at = 0;
    for (const { entries } of submissions) {
      for (const entry of entries) {
        this.#work.leafHashInto(entry, leaves, at);
        at += HASH_SIZE;
      }
    }
    return leaves;
  }

  #submissions({ firstIndex, submissions }: Frame, leaves: Uint8Array): SubmissionFacts[] {
    let first = 0;
    return submissions.map((submission) => {
      const end = first + submission.entries.length;
      const own = leaves.subarray(first * HASH_SIZE, end * HASH_SIZE);
      const facts = this.#submission(submission, own, firstIndex, firstIndex + first);
      first = end;
      return facts;
    });
  }

  #submission(
    submission: FrameSubmission,
    leafHashes: Uint8Array,
    frameIndex: number,
    first: number,
  ): SubmissionFacts {
    const { writer, epoch, batch, entries } = submission;
    const faults: Fault[] = [];
    const unsigned = this.#signatureFault(submission, leafHashes, frameIndex);
    if (unsigned !== undefined) {
      faults.push({ index: first, check: "batch-signature", message: unsigned });
    }
    const sequences = new Float64Array(entries.length);
    let bytes = 0;
    for (const [position, entry] of entries.entries()) {
      bytes += entry.length;
      sequences[position] = this.#sequence(entry, submission, first + position, faults);
    }
    return { writer, epoch, batch, bytes, faults, sequences };
  }

  /** The sequence of an event that keeps the schema and is its batch's own; else 0, and a fault. */
  #sequence(
    entry: Uint8Array,
    { writer, epoch }: FrameSubmission,
    index: number,
    faults: Fault[],
  ): number {
    try {
      const id = this.#forms.decisionOf(entry);
      if (id.gateway === writer && id.epoch === epoch) return id.sequence;
      const text = `${id.gateway}.${id.epoch}.${id.sequence}`;
      const message = `decision ${text} stands in a batch of ${writer} in epoch ${epoch}`;
      faults.push({ index, check: "decision-owner", message });
    } catch (error) {
      if (!(error instanceof EventRefused)) throw error;
      faults.push({ index, check: "event", message: error.message });
    }
    return 0;
  }

  #signatureFault(
    { writer, epoch, batch, signature, entries }: FrameSubmission,
    leafHashes: Uint8Array,
    frameIndex: number,
  ): string | undefined {
    const { constitution } = governing(this.#chain, frameIndex);
    const key = constitution.writers.find(({ name }) => name === writer)?.key;
    if (key === undefined) return `${writer} is no writer of the constitution in force`;
    const { origin } = constitution;
    const form = batchForm({ origin, writer, epoch, batch, count: entries.length });
    form.leafHashes.set(leafHashes);
    if (this.#verifier(key).verify(form.text, signature)) return undefined;
    return `batch ${batch} of ${writer} in epoch ${epoch} is not signed by its key`;
  }

  #head(note: Uint8Array, logKey: string, index: number): Pick<FrameFacts, "head" | "headFault"> {
    const { origin } = this.#chain[0].constitution;
    try {
      const { size, root } = this.#work.openHead(note, this.#verifier(logKey), origin);
      return { head: { size, root }, headFault: undefined };
    } catch (error) {
      if (!(error instanceof NoteRefused || error instanceof CheckpointRefused)) throw error;
      const headFault: Fault = { index, check: "head-signature", message: error.message };
      return { head: undefined, headFault };
    }
  }

  #verifier(vkey: string): Verifier {
    const known = this.#verifiers.get(vkey);
    if (known !== undefined) return known;
    const made = this.#work.verifier(vkey);
    this.#verifiers.set(vkey, made);
    return made;
  }
}
