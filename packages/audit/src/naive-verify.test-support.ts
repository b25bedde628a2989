import { governing } from "@writ/bucket/constitution/chain";
import { usedBy } from "@writ/bucket/constitution/usage";
import { batchText } from "@writ/bucket/read/batch-signature";
import { type Folder, readWhole, within } from "@writ/bucket/read/folder";
import { encodeFrame, encodeSegmentHead, type Tally, tally } from "@writ/bucket/read/frame";
import { type LogItem, readLog } from "@writ/bucket/read/log";
import { MAX_TILE_BYTES, publishedCheckpoint, TILES_FOLDER } from "@writ/bucket/read/published";
import { parseDecisionId } from "@writ/contract/decision-id";
import { EventRefused } from "@writ/contract/event";
import { CheckpointRefused } from "@writ/tlog/checkpoint";
import { equalBytes, leafHash } from "@writ/tlog/hash";
import { NoteRefused } from "@writ/tlog/note";
import { encodeBundle, tileWidth } from "@writ/tlog/tile";
import { formatTilePath } from "@writ/tlog/tile-path";
import { Frontier } from "@writ/tlog/tree";
import { type Chain, checkConstitutions } from "./constitution-check.ts";
import { checkEpochs, checkFolder } from "./folder-check.ts";
import type { PureWork } from "./pure-work.ts";
import { type ClaimedTree, claimsOf } from "./tree-join.ts";
import { type Fault, Findings } from "./verify-report.ts";

/** What the oracle and verification must agree on. */
export interface NaiveReport {
  readonly events: number;
  readonly frames: number;
  readonly root: string | null;
  readonly faultCount: number;
  readonly faults: readonly Fault[];
}

/**
 * The oracle: verification as it is told, one item after another, in one thread, with all that was
 * seen kept in memory. It shares no code of judging, joining or comparing with the product. Without
 * evidence from outside, and for logs whose constitutions verify.
 */
export function naiveVerify(folder: Folder, work: PureWork): NaiveReport {
  const findings = new Findings();
  const constitutions = checkConstitutions(folder, work, findings);
  if (constitutions === undefined) {
    return {
      events: 0,
      frames: 0,
      root: null,
      faultCount: findings.count,
      faults: findings.faults(),
    };
  }
  const pass = new NaivePass(folder, constitutions.chain, work, findings);
  for (const item of readLog(folder)) pass.take(item);
  return pass.finish();
}

type Segment = Extract<LogItem, { kind: "segment" }>;
type FrameItem = Extract<LogItem, { kind: "frame" }>;
type Damage = Extract<LogItem, { kind: "damage" }>;

class NaivePass {
  readonly #folder: Folder;
  readonly #chain: Chain;
  readonly #work: PureWork;
  readonly #findings: Findings;
  readonly #claims: ClaimedTree[];
  readonly #settled = new Set<ClaimedTree>();
  /** The tree was taken up beyond them: they cannot be compared any more. */
  readonly #passed = new Set<ClaimedTree>();
  readonly #publishedSize: number;
  readonly #tallies = new Map<string, Tally>();
  readonly #last = new Map<string, { epoch: number; batch: number }>();
  readonly #ids = new Map<string, number>();
  readonly #quotas = new Set<string>();
  /** All entries while nothing was missing, for the tiles. */
  readonly #entries: Uint8Array[] = [];
  #frontier: Frontier | undefined = new Frontier();
  #isWhole = true;
  #next = 0;
  #frames = 0;

  constructor(folder: Folder, chain: Chain, work: PureWork, findings: Findings) {
    this.#folder = folder;
    this.#chain = chain;
    this.#work = work;
    this.#findings = findings;
    const published = this.#published();
    this.#publishedSize = published?.size ?? 0;
    this.#claims = [...claimsOf(chain), ...(published === undefined ? [] : [published])];
    this.#settle();
  }

  take(item: LogItem): void {
    if (item.kind === "segment") this.#segment(item);
    else if (item.kind === "frame") this.#frame(item);
    else this.#damage(item);
  }

  finish(): NaiveReport {
    const findings = this.#findings;
    for (const claim of this.#claims) {
      if (this.#settled.has(claim)) continue;
      const why =
        claim.size > this.#next
          ? `knows ${claim.size} events, the log holds ${this.#next}`
          : `cannot be compared: not all events before ${claim.size} could be read`;
      findings.add(claim.check, null, `${claim.claimant} ${why}`);
    }
    this.#tiles();
    const extent = {
      constitutions: this.#chain.length,
      events: this.#next,
      hasGrown: !this.#isWhole,
    };
    checkFolder(this.#folder, extent, findings);
    const epochs = [...this.#last].map(([writer, { epoch }]) => [writer, epoch] as const);
    checkEpochs(this.#folder, new Map(epochs), findings);
    const root = this.#frontier?.root();
    return {
      events: this.#next,
      frames: this.#frames,
      root: root === undefined ? null : Buffer.from(root).toString("hex"),
      faultCount: findings.count,
      faults: findings.faults(),
    };
  }

  /** The published head, opened by any key that the log ever had: no test log changes it. */
  #published(): ClaimedTree | undefined {
    try {
      const published = publishedCheckpoint(within(this.#folder, TILES_FOLDER));
      if (published === undefined) return undefined;
      const { log_key, origin } = this.#chain[0].constitution;
      const head = this.#work.openHead(published.note, this.#work.verifier(log_key), origin);
      return { ...head, check: "checkpoint", claimant: "the published checkpoint" };
    } catch (error) {
      const message = error instanceof Error ? error.message : "";
      this.#findings.add("checkpoint", null, `the published checkpoint is refused: ${message}`);
      return undefined;
    }
  }

  #segment({ file, head, bytes }: Segment): void {
    const first = head.frontier.size;
    if (Number(file.slice(4, 24)) !== first) {
      this.#findings.add("frame-order", first, `${file} begins with event ${first}`);
    }
    this.#arrive(first, file);
    if (this.#frontier === undefined) {
      this.#frontier = head.frontier.clone();
      this.#tallies.clear();
      for (const one of head.tallies) this.#tallies.set(one.writer, one);
      this.#settle();
      return;
    }
    const tallies = [...this.#tallies.values()].sort((a, b) => (a.writer < b.writer ? -1 : 1));
    if (equalBytes(encodeSegmentHead({ frontier: this.#frontier, tallies }), bytes)) return;
    this.#findings.add("frame", first, `the head of ${file} is not that of the log before it`);
  }

  #frame({ file, offset, frame, bytes }: FrameItem): void {
    const { firstIndex, constitution, submissions, note } = frame;
    const inForce = governing(this.#chain, firstIndex);
    this.#frames += 1;
    this.#arrive(firstIndex, `the frame at ${file}:${offset}`);
    if (!equalBytes(encodeFrame(frame), bytes)) {
      this.#findings.add("frame", firstIndex, "the frame does not encode to its own bytes");
    }
    if (!equalBytes(constitution, inForce.digest)) {
      const message = "the frame names a constitution that is not in force";
      this.#findings.add("frame-constitution", firstIndex, message);
    }
    for (const { writer, epoch, batch, entries, signature } of submissions) {
      const first = this.#next;
      this.#signature({ writer, epoch, batch, entries, signature }, firstIndex);
      this.#batch(writer, epoch, batch);
      for (const entry of entries) this.#entry(entry, writer, epoch);
      const submission = { writer, epoch, batch, entries, signature };
      this.#tallies.set(writer, tally(this.#tallies.get(writer), submission));
      if (this.#frontier !== undefined) this.#quota(firstIndex, writer, first);
    }
    this.#head(note, inForce.constitution.log_key, firstIndex);
  }

  #signature(submission: FrameItem["frame"]["submissions"][number], frameIndex: number): void {
    const { writer, epoch, batch, entries, signature } = submission;
    const { constitution } = governing(this.#chain, frameIndex);
    const key = constitution.writers.find(({ name }) => name === writer)?.key;
    const leafHashes = entries.map(leafHash);
    const text = batchText({ origin: constitution.origin, writer, epoch, batch, leafHashes });
    const message =
      key === undefined
        ? `${writer} is no writer of the constitution in force`
        : `batch ${batch} of ${writer} in epoch ${epoch} is not signed by its key`;
    if (key !== undefined && this.#work.verifier(key).verify(text, signature)) return;
    this.#findings.add("batch-signature", this.#next, message);
  }

  #batch(writer: string, epoch: number, batch: number): void {
    const last = this.#last.get(writer) ?? { epoch: 0, batch: 0 };
    const what = `batch ${batch} of ${writer} in epoch ${epoch}`;
    if (epoch < last.epoch) {
      this.#findings.add("batch-order", this.#next, `${what} comes after epoch ${last.epoch}`);
      return;
    }
    if (epoch === last.epoch && batch <= last.batch) {
      this.#findings.add("batch-order", this.#next, `${what} comes after batch ${last.batch}`);
    }
    const highest = epoch === last.epoch ? Math.max(batch, last.batch) : batch;
    this.#last.set(writer, { epoch, batch: highest });
  }

  #entry(entry: Uint8Array, writer: string, epoch: number): void {
    try {
      const id = this.#work.decodeEvent(entry).enforcement_decision_id;
      const { gateway, epoch: stated } = parseDecisionId(id);
      if (gateway !== writer || stated !== epoch) {
        const message = `decision ${id} stands in a batch of ${writer} in epoch ${epoch}`;
        this.#findings.add("decision-owner", this.#next, message);
      } else if (this.#ids.has(id)) {
        const message = `decision ${id} is that of event ${this.#ids.get(id)} already`;
        this.#findings.add("decision-unique", this.#next, message);
      } else {
        this.#ids.set(id, this.#next);
      }
    } catch (error) {
      if (!(error instanceof EventRefused)) throw error;
      this.#findings.add("event", this.#next, error.message);
    }
    this.#frontier?.append(leafHash(entry));
    this.#settle();
    if (this.#isWhole) this.#entries.push(entry.slice());
    this.#next += 1;
  }

  #quota(frameIndex: number, writer: string, index: number): void {
    const { constitution } = governing(this.#chain, frameIndex);
    const own = constitution.writers.find(({ name }) => name === writer)?.quota;
    const held = this.#tallies.get(writer);
    const accounts = [
      { who: `writer ${writer}`, quota: own, tallies: held === undefined ? [] : [held] },
      { who: "the log", quota: constitution.quotas, tallies: [...this.#tallies.values()] },
    ];
    for (const { who, quota, tallies } of accounts) {
      const used = usedBy(constitution, tallies);
      const once = `${who} ${constitution.from.size} ${constitution.log_key}`;
      if (quota === undefined || this.#quotas.has(once)) continue;
      if (used.events <= quota.events && used.bytes <= quota.bytes) continue;
      this.#quotas.add(once);
      const message = `${who} has ${used.events} events and ${used.bytes} charged bytes, where the constitution allows ${quota.events} and ${quota.bytes}`;
      this.#findings.add("quota", index, message);
    }
  }

  #head(note: Uint8Array, logKey: string, index: number): void {
    try {
      const { origin } = this.#chain[0].constitution;
      const head = this.#work.openHead(note, this.#work.verifier(logKey), origin);
      if (head.size !== this.#next) {
        const message = `the tree head states ${head.size} events where there are ${this.#next}`;
        this.#findings.add("tree-head", index, message);
      } else if (this.#frontier !== undefined && !equalBytes(this.#frontier.root(), head.root)) {
        const message = `the tree head at ${this.#next} events is not that of these events`;
        this.#findings.add("tree-head", index, message);
      }
    } catch (error) {
      if (!(error instanceof NoteRefused || error instanceof CheckpointRefused)) throw error;
      this.#findings.add("head-signature", index, error.message);
    }
  }

  #damage({ file, offset, end, firstIndex, defect }: Damage): void {
    const cut = ": a write that was cut off and never acknowledged, or a cut file";
    const what = `${defect.reason}${defect.code === "FRAME_TORN" ? cut : ""}`;
    const index = firstIndex ?? this.#next;
    this.#findings.add("frame", index, `${file}, bytes ${offset} to ${end}: ${what}`);
    this.#next = Math.max(this.#next, firstIndex ?? 0);
    this.#lose();
  }

  #arrive(index: number, what: string): void {
    const isLost = this.#frontier === undefined;
    if (index === this.#next && !isLost) return;
    if (!isLost || index < this.#next) {
      const message = `${what} begins with event ${index}, where ${this.#next} is next`;
      this.#findings.add("frame-order", Math.min(index, this.#next), message);
    }
    this.#next = index;
    this.#lose();
  }

  #lose(): void {
    this.#isWhole = false;
    this.#frontier = undefined;
  }

  /** Compares every claim about the tree of this very size. */
  #settle(): void {
    const frontier = this.#frontier;
    if (frontier === undefined) return;
    for (const claim of this.#claims) {
      if (this.#settled.has(claim) || this.#passed.has(claim)) continue;
      if (claim.size < frontier.size) this.#passed.add(claim);
      if (claim.size !== frontier.size) continue;
      this.#settled.add(claim);
      if (equalBytes(frontier.root(), claim.root)) continue;
      const index = claim.size === 0 ? null : claim.size - 1;
      const message = `${claim.claimant} knows another tree of ${claim.size} events`;
      this.#findings.add(claim.check, index, message);
    }
  }

  /** Makes every tile of the log and looks for each in the folder. */
  #tiles(): void {
    const count = this.#entries.length;
    for (const level of ["entries", 0, 1, 2] as const) {
      const width = level === "entries" ? 1 : 256 ** level;
      for (let index = 0; index * 256 * width < count; index++) {
        const parts = this.#partsOf(level, index, width);
        if (parts.length === 0 || (parts.length < 256 && !this.#isWhole)) continue;
        this.#tile(level, index, parts);
      }
    }
  }

  /** What a tile holds, entry by entry or hash by hash. */
  #partsOf(level: "entries" | number, index: number, width: number): Uint8Array[] {
    const first = index * 256 * width;
    const count = Math.min(256, Math.floor((this.#entries.length - first) / width));
    return Array.from({ length: count }, (_, i) => {
      const leaves = this.#entries.slice(first + i * width, first + (i + 1) * width);
      if (level === "entries") return encodeBundle(leaves);
      const tree = new Frontier();
      for (const leaf of leaves) tree.append(leafHash(leaf));
      return tree.root();
    });
  }

  #tile(level: "entries" | number, index: number, parts: readonly Uint8Array[]): void {
    const there = new Set<number>();
    for (let width = 1; width <= 256; width++) {
      if (width > parts.length && width < 256) continue;
      const path = formatTilePath({ level, index, width });
      const stored = readWhole(within(this.#folder, TILES_FOLDER), path, MAX_TILE_BYTES);
      if (stored === undefined) continue;
      there.add(width);
      const wanted = parts.slice(0, width);
      const whole = Buffer.concat(wanted);
      const compared = width > parts.length ? stored.subarray(0, whole.length) : stored;
      if (equalBytes(compared, whole)) continue;
      let at = 0;
      let good = 0;
      for (const part of wanted) {
        if (!equalBytes(compared.subarray(at, at + part.length), part)) break;
        at += part.length;
        good += 1;
      }
      const first = index * 256 + Math.min(good, parts.length - 1);
      const leaf = first * (level === "entries" ? 1 : 256 ** level);
      this.#findings.add("tiles", leaf, `${path} is not what the log gives`);
    }
    const needed = tileWidth(level, index, this.#publishedSize);
    if (needed === 0 || there.has(needed) || there.has(256)) return;
    const leaf = index * 256 * (level === "entries" ? 1 : 256 ** level);
    const path = formatTilePath({ level, index, width: needed });
    this.#findings.add("tiles", leaf, `${path} is missing`);
  }
}
