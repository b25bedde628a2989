import type { Constitution, Quota } from "@writ/bucket/constitution";
import { governing } from "@writ/bucket/constitution/chain";
import { type Used, usedBy } from "@writ/bucket/constitution/usage";
import { encodeSegmentHead, readSegmentHead, type Tally } from "@writ/bucket/read/frame";
import { segmentIndex } from "@writ/bucket/read/log";
import { equalBytes } from "@writ/tlog/hash";
import type { Chain } from "./constitution-check.ts";
import type {
  DamageFacts,
  FrameFacts,
  ItemFacts,
  RangeFacts,
  SegmentFacts,
  SubmissionFacts,
} from "./facts.ts";
import type { TilesJoin } from "./tiles-join.ts";
import type { TreeJoin } from "./tree-join.ts";
import type { Fault, Findings } from "./verify-report.ts";
import type { WritersCheck } from "./writers-check.ts";

export interface LogJoinParts {
  readonly chain: Chain;
  readonly findings: Findings;
  readonly tree: TreeJoin;
  readonly writers: WritersCheck;
  readonly tiles: TilesJoin;
}

/**
 * Takes the facts of the log's ranges in the order of the log, and asks what needs that order:
 * whether one thing follows on another, the tree, the writers' numbers.
 */
export class LogJoin {
  readonly #parts: LogJoinParts;
  readonly #findings: Findings;
  readonly #tallies = new Map<string, Tally>();
  /** Constitutions and writers whose quota was found broken: once each is enough. */
  readonly #overdrawn = new Set<string>();
  /** Index of the next event; after damage, the least that it can be. */
  #next = 0;
  #isWhole = true;
  #frames = 0;

  constructor(parts: LogJoinParts) {
    this.#parts = parts;
    this.#findings = parts.findings;
    parts.findings.made(
      "frame",
      "frame-order",
      "frame-constitution",
      "event",
      "batch-signature",
      "quota",
    );
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

  take({ items, tail, unlisted }: RangeFacts): void {
    for (const item of items) this.#item(item);
    if (this.#isWhole) this.#parts.tiles.take(tail);
    for (const [check, count] of unlisted) this.#findings.addUnlisted(check, count);
  }

  #item(item: ItemFacts): void {
    if (item.kind === "segment") this.#segment(item);
    else if (item.kind === "frame") this.#frame(item);
    else this.#damage(item);
  }

  #segment({ file, bytes }: SegmentFacts): void {
    const read = readSegmentHead(bytes);
    if (!read.ok) throw new RangeError("a segment's head was read once and not again");
    const { frontier: stated, tallies } = read.value;
    const firstIndex = stated.size;
    if (segmentIndex(file.slice(file.lastIndexOf("/") + 1)) !== firstIndex) {
      this.#findings.add("frame-order", firstIndex, `${file} begins with event ${firstIndex}`);
    }
    this.#arriveAt(firstIndex, file);
    const { frontier } = this.#parts.tree;
    if (frontier === undefined) {
      this.#parts.tree.resume(stated);
      this.#resumeTallies(tallies);
      return;
    }
    const known = [...this.#tallies.values()].sort((a, b) => (a.writer < b.writer ? -1 : 1));
    if (equalBytes(encodeSegmentHead({ frontier, tallies: known }), bytes)) return;
    const message = `the head of ${file} is not that of the log before it`;
    this.#findings.add("frame", firstIndex, message);
  }

  #frame(facts: FrameFacts): void {
    const { file, offset, firstIndex, head, headFault } = facts;
    const { tree, tiles } = this.#parts;
    this.#frames += 1;
    this.#arriveAt(firstIndex, `the frame at ${file}:${offset}`);
    this.#addAll(facts.faults);
    const { constitution } = governing(this.#parts.chain, firstIndex);
    for (const submission of facts.submissions) {
      const first = this.#next;
      this.#submission(submission);
      // Where events were lost, what came before is not known.
      if (tree.frontier !== undefined) this.#checkQuotas(constitution, submission.writer, first);
    }
    tree.append(facts.subtrees);
    if (this.#isWhole) {
      tiles.append(facts.subtrees);
      tiles.take(facts.tiles);
    }
    if (headFault !== undefined) this.#addAll([headFault]);
    if (head !== undefined) tree.head(head, firstIndex, this.#next);
  }

  #submission(submission: SubmissionFacts): void {
    const { writers } = this.#parts;
    this.#addAll(submission.faults);
    writers.batch(submission, this.#next);
    for (const [position, sequence] of submission.sequences.entries()) {
      if (sequence > 0) writers.sequence(sequence, submission, this.#next + position);
    }
    this.#tally(submission);
    this.#next += submission.sequences.length;
  }

  #tally({ writer, epoch, sequences, bytes }: SubmissionFacts): void {
    const before = this.#tallies.get(writer);
    this.#tallies.set(writer, {
      writer,
      epoch: Math.max(epoch, before?.epoch ?? 0),
      submissions: 1 + (before?.submissions ?? 0),
      entries: sequences.length + (before?.entries ?? 0),
      bytes: bytes + (before?.bytes ?? 0),
    });
  }

  #checkQuotas(constitution: Constitution, writer: string, index: number): void {
    const own = constitution.writers.find(({ name }) => name === writer);
    const tally = this.#tallies.get(writer);
    const { log_key, from } = constitution;
    if (own !== undefined && tally !== undefined) {
      const used = usedBy(constitution, [tally]);
      this.#checkQuota(
        `${writer} at ${log_key} ${from.size}`,
        `writer ${writer}`,
        used,
        own.quota,
        index,
      );
    }
    const all = usedBy(constitution, this.#tallies.values());
    this.#checkQuota(`all at ${log_key} ${from.size}`, "the log", all, constitution.quotas, index);
  }

  #checkQuota(once: string, who: string, used: Used, quota: Quota, index: number): void {
    if (used.events <= quota.events && used.bytes <= quota.bytes) return;
    if (this.#overdrawn.has(once)) return;
    this.#overdrawn.add(once);
    const message = `${who} has ${used.events} events and ${used.bytes} charged bytes, where the constitution allows ${quota.events} and ${quota.bytes}`;
    this.#findings.add("quota", index, message);
  }

  #damage({ file, offset, end, firstIndex, defect }: DamageFacts): void {
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

  #addAll(faults: readonly Fault[]): void {
    for (const { check, index, message } of faults) this.#findings.add(check, index, message);
  }
}
