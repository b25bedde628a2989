import { type Folder, within } from "@writ/bucket/read/folder";
import type { FrameSubmission } from "@writ/bucket/read/frame";
import type { LogItem } from "@writ/bucket/read/log";
import { type LogRange, readRange } from "@writ/bucket/read/log-ranges";
import { TILES_FOLDER } from "@writ/bucket/read/published";
import { HASH_SIZE } from "@writ/tlog/hash";
import { TILE_WIDTH } from "@writ/tlog/tile-path";
import { BundleParts } from "./bundle-parts.ts";
import type { Chain } from "./constitution-check.ts";
import type { BundlePart, FrameFacts, ItemFacts, RangeFacts, TileFacts } from "./facts.ts";
import { FrameJudge } from "./frame-judge.ts";
import type { PureWork } from "./pure-work.ts";
import { TileComparison } from "./tile-comparison.ts";
import { type CheckName, FAULTS_KEPT, type Fault } from "./verify-report.ts";

const LENGTH_BYTES = 2;

/** What a judge must know of the Bucket before it reads any of the log. */
export interface Brief {
  readonly chain: Chain;
  /** Tree sizes that someone claims a root for, ascending. */
  readonly cuts: readonly number[];
  /** 0 if nothing is published. */
  readonly publishedSize: number;
}

/** Judges ranges of the log, each by itself and in any order. */
export class RangeJudge {
  readonly #folder: Folder;
  readonly #frames: FrameJudge;
  readonly #tiles: TileComparison;

  constructor(folder: Folder, { chain, cuts, publishedSize }: Brief, work: PureWork) {
    this.#folder = folder;
    this.#frames = new FrameJudge(chain, cuts, work);
    this.#tiles = new TileComparison(within(folder, TILES_FOLDER), publishedSize);
  }

  judge(range: LogRange): RangeFacts {
    const parts = new BundleParts();
    const listed = new ListedFaults();
    const items: ItemFacts[] = [];
    let isWhole = true;
    let next: number | undefined;
    for (const item of readRange(this.#folder, range)) {
      if (item.kind !== "frame") {
        isWhole &&= item.kind === "segment";
        items.push(itself(item));
        continue;
      }
      const judged = this.#frames.judge(item);
      const { firstIndex, submissions } = item.frame;
      if (next === undefined) parts.startAt(firstIndex);
      else if (next !== firstIndex) isWhole = false;
      next = firstIndex + judged.leaves.length / HASH_SIZE;
      // Whoever joins the ranges compares no tiles after damage either.
      const tiles = isWhole ? this.#tileFacts(parts, submissions, judged.leaves) : [];
      items.push(listed.within({ ...judged.facts, tiles }));
    }
    const rest = isWhole ? parts.take() : undefined;
    const tail: TileFacts[] = rest === undefined ? [] : [{ kind: "part", ...rest }];
    return { items, tail, bytes: range.to - range.from, unlisted: [...listed.unlisted] };
  }

  #tileFacts(
    parts: BundleParts,
    submissions: readonly FrameSubmission[],
    leaves: Uint8Array,
  ): TileFacts[] {
    const facts: TileFacts[] = [];
    let at = 0;
    for (const { entries } of submissions) {
      const end = at + HASH_SIZE * entries.length;
      const run = { ...stored(entries), leaves: leaves.subarray(at, end) };
      for (const part of parts.append(run)) facts.push(this.#compared(part));
      at = end;
    }
    return facts;
  }

  #compared(part: BundlePart): TileFacts {
    if (part.firstIndex % TILE_WIDTH !== 0) return { kind: "part", ...part };
    return { kind: "compared", faults: this.#tiles.bundle(part) };
  }
}

/** A submission's entries as its frame has them: each behind its length, as in a bundle. */
function stored(entries: readonly Uint8Array[]): Pick<BundlePart, "bytes" | "ends"> {
  const first = entries[0];
  if (first === undefined) throw new RangeError("a submission has an entry");
  const ends: number[] = [];
  let end = 0;
  for (const entry of entries) {
    end += LENGTH_BYTES + entry.length;
    ends.push(end);
  }
  return { bytes: new Uint8Array(first.buffer, first.byteOffset - LENGTH_BYTES, end), ends };
}

/** Items that need no judgement; their bytes are copied, because the reader's are good for a moment. */
function itself(item: Exclude<LogItem, { kind: "frame" }>): ItemFacts {
  if (item.kind === "damage") return item;
  const { kind, file, offset, bytes } = item;
  return { kind, file, offset, bytes: bytes.slice() };
}

/** Keeps the first thousand faults of a range and counts the rest: a ruined log must not fill memory. */
class ListedFaults {
  readonly unlisted = new Map<CheckName, number>();
  #room = FAULTS_KEPT;

  within(facts: FrameFacts): FrameFacts {
    const faults = this.#first(facts.faults);
    const submissions = facts.submissions.map((one) => ({
      ...one,
      faults: this.#first(one.faults),
    }));
    return { ...facts, faults, submissions };
  }

  #first(faults: readonly Fault[]): readonly Fault[] {
    const kept = faults.slice(0, this.#room);
    this.#room -= kept.length;
    for (const { check } of faults.slice(kept.length)) {
      this.unlisted.set(check, 1 + (this.unlisted.get(check) ?? 0));
    }
    return kept;
  }
}
