import { governing } from "@writ/bucket/constitution/chain";
import { batchText } from "@writ/bucket/read/batch-signature";
import {
  encodeSegmentHead,
  type Frame,
  type FrameSubmission,
  type Tally,
  tally,
} from "@writ/bucket/read/frame";
import type { LogItem } from "@writ/bucket/read/log";
import { EventRefused } from "@writ/contract/event";
import { equalBytes } from "@writ/tlog/hash";
import type { Verifier } from "@writ/tlog/note-key";
import type { Chain } from "./constitution-check.ts";
import type { PureWork } from "./pure-work.ts";
import type { TilesCheck } from "./tiles-check.ts";
import type { TreeCheck } from "./tree-check.ts";
import type { Findings } from "./verify-report.ts";
import type { WritersCheck } from "./writers-check.ts";

type Segment = Extract<LogItem, { kind: "segment" }>;
type FrameItem = Extract<LogItem, { kind: "frame" }>;
type Damage = Extract<LogItem, { kind: "damage" }>;

export interface LogCheckParts {
  readonly chain: Chain;
  readonly work: PureWork;
  readonly findings: Findings;
  readonly tree: TreeCheck;
  readonly writers: WritersCheck;
  readonly tiles: TilesCheck;
}

/** Takes the log's items one after another and puts every question to each. */
export class LogCheck {
  readonly #parts: LogCheckParts;
  readonly #findings: Findings;
  readonly #tallies = new Map<string, Tally>();
  readonly #verifiers = new Map<string, Verifier>();
  /** Index of the next event; after damage, the least that it can be. */
  #next = 0;
  #isWhole = true;
  #frames = 0;

  constructor(parts: LogCheckParts) {
    this.#parts = parts;
    this.#findings = parts.findings;
    parts.findings.made("frame", "frame-order", "frame-constitution", "event", "batch-signature");
  }

  /** Events in the log, those that could not be read included as far as frames after them say. */
  get events(): number {
    return this.#next;
  }

  get frames(): number {
    return this.#frames;
  }

  /** Whether every item so far could be read and stood where it belongs. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  take(item: LogItem): void {
    if (item.kind === "segment") this.#segment(item);
    else if (item.kind === "frame") this.#frame(item);
    else this.#damage(item);
  }

  #segment({ file, head, bytes }: Segment): void {
    const firstIndex = head.frontier.size;
    if (
      Number(file.slice(-"00000000000000000000.frames".length, -".frames".length)) !== firstIndex
    ) {
      this.#findings.add("frame-order", firstIndex, `${file} begins with event ${firstIndex}`);
    }
    this.#arriveAt(firstIndex, file);
    const { frontier } = this.#parts.tree;
    if (frontier === undefined) {
      this.#parts.tree.resume(head.frontier);
      this.#resumeTallies(head.tallies);
      return;
    }
    const tallies = [...this.#tallies.values()].sort((a, b) => (a.writer < b.writer ? -1 : 1));
    if (!equalBytes(encodeSegmentHead({ frontier, tallies }), bytes)) {
      this.#findings.add(
        "frame",
        firstIndex,
        `the head of ${file} is not that of the log before it`,
      );
    }
  }

  #frame({ file, offset, frame, bytes }: FrameItem): void {
    const { chain, work, tree } = this.#parts;
    const { firstIndex, constitution, submissions, note } = frame;
    const inForce = governing(chain, firstIndex);
    this.#frames += 1;
    this.#arriveAt(firstIndex, `the frame at ${file}:${offset}`);
    if (Buffer.compare(work.encodeFrame(frame), bytes) !== 0) {
      this.#findings.add(
        "frame",
        firstIndex,
        "the frame does not encode to the bytes that it was read from",
      );
    }
    if (!equalBytes(constitution, inForce.digest)) {
      this.#findings.add(
        "frame-constitution",
        firstIndex,
        "the frame names a constitution that is not in force",
      );
    }
    for (const submission of submissions) this.#submission(submission, frame);
    tree.head(note, this.#verifier(inForce.constitution.log_key), firstIndex, this.#next);
  }

  #submission(submission: FrameSubmission, frame: Frame): void {
    const { writers, work, tree, tiles } = this.#parts;
    const first = this.#next;
    const leafHashes = submission.entries.map(work.leafHash);
    this.#checkSignature(submission, leafHashes, frame);
    writers.batch(submission, first);
    for (const [position, entry] of submission.entries.entries()) {
      const leaf = leafHashes[position];
      if (leaf === undefined) throw new RangeError(`no leaf hash at ${position}`);
      this.#event(entry, submission, first + position);
      tree.append(leaf);
      if (this.#isWhole) tiles.append(entry, leaf);
    }
    this.#tallies.set(submission.writer, tally(this.#tallies.get(submission.writer), submission));
    this.#next = first + submission.entries.length;
  }

  #event(entry: Uint8Array, submission: FrameSubmission, index: number): void {
    const { work, writers } = this.#parts;
    try {
      const event = work.decodeEvent(entry);
      writers.decision(event.enforcement_decision_id, submission, index);
    } catch (error) {
      if (!(error instanceof EventRefused)) throw error;
      this.#findings.add("event", index, error.message);
    }
  }

  #checkSignature(
    { writer, epoch, batch, signature }: FrameSubmission,
    leafHashes: readonly Uint8Array[],
    { firstIndex }: Frame,
  ): void {
    const { constitution } = governing(this.#parts.chain, firstIndex);
    const key = constitution.writers.find(({ name }) => name === writer)?.key;
    if (key === undefined) {
      this.#findings.add(
        "batch-signature",
        this.#next,
        `${writer} is no writer of the constitution in force`,
      );
      return;
    }
    const text = batchText({ origin: constitution.origin, writer, epoch, batch, leafHashes });
    if (this.#verifier(key).verify(text, signature)) return;
    const message = `batch ${batch} of ${writer} in epoch ${epoch} is not signed by its key`;
    this.#findings.add("batch-signature", this.#next, message);
  }

  #verifier(vkey: string): Verifier {
    const known = this.#verifiers.get(vkey);
    if (known !== undefined) return known;
    const made = this.#parts.work.verifier(vkey);
    this.#verifiers.set(vkey, made);
    return made;
  }

  #damage({ file, offset, end, firstIndex, defect }: Damage): void {
    const index = firstIndex ?? this.#next;
    const what =
      defect.code === "FRAME_TORN"
        ? `${defect.reason}: a write that was cut off and never acknowledged, or a cut file`
        : defect.reason;
    this.#findings.add("frame", index, `${file}, bytes ${offset} to ${end}: ${what}`);
    if (firstIndex !== undefined && firstIndex > this.#next) this.#next = firstIndex;
    this.#lose();
  }

  /** Notes that the next event is said to be `index`, and whether it should be. */
  #arriveAt(index: number, what: string): void {
    const isMissing = this.#parts.tree.frontier === undefined && index >= this.#next;
    if (index === this.#next && !isMissing) return;
    if (!isMissing) {
      const message = `${what} begins with event ${index}, where ${this.#next} is next`;
      this.#findings.add("frame-order", Math.min(index, this.#next), message);
    }
    this.#next = index;
    this.#lose();
  }

  #lose(): void {
    this.#isWhole = false;
    this.#parts.tree.lose();
  }

  #resumeTallies(tallies: readonly Tally[]): void {
    this.#tallies.clear();
    for (const known of tallies) this.#tallies.set(known.writer, known);
  }
}
