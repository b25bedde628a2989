import { type Folder, TooLarge, within } from "@writ/bucket/read/folder";
import { logBytes } from "@writ/bucket/read/log";
import { logRanges } from "@writ/bucket/read/log-ranges";
import { type Published, publishedCheckpoint, TILES_FOLDER } from "@writ/bucket/read/published";
import { type Constitutions, checkConstitutions } from "./constitution-check.ts";
import {
  type Brought,
  claimOf,
  type Evidence,
  openEvidence,
  requireEvidence,
  whatACutWouldShow,
} from "./evidence.ts";
import type { RangeFacts } from "./facts.ts";
import { firstPlaces } from "./first-places.ts";
import { checkEpochs, checkFolder } from "./folder-check.ts";
import { isRefusal, openBareHeadOf } from "./known-heads.ts";
import { LogJoin } from "./log-join.ts";
import { checkPinned, type Pinned, requirePinned } from "./pinned-check.ts";
import { DONE_HERE, type PureWork } from "./pure-work.ts";
import { type Brief, RangeJudge } from "./range-judge.ts";
import { TileComparison } from "./tile-comparison.ts";
import { TilesJoin } from "./tiles-join.ts";
import { claimsOf, TreeJoin } from "./tree-join.ts";
import { Findings, type Report } from "./verify-report.ts";
import { type Repeat, WritersCheck } from "./writers-check.ts";

/** How far verification has come. */
export interface VerifyProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly events: number;
}

export interface VerifyOptions extends Evidence {
  /** The log's verifier key, from somewhere other than this Bucket. Without it the log is only shown to be self-consistent. */
  readonly key?: string;
  /** A constitution or governance keys, from somewhere other than this Bucket. */
  readonly pinned?: Pinned;
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Stop at so many faults; all are looked for unless stated. */
  readonly stopAfter?: number;
}

/** Whoever judges a range holds about this much of the log, and one frame at least. */
export const RANGE_BYTES: number = 4 * 1024 * 1024;

/**
 * Verifies a Bucket, in any view of its folder, in this thread. Reads only, repairs nothing, and
 * holds no more of the log at once than a range. The Bucket may be running: what it had committed
 * when this began is verified.
 *
 * Throws KeyRefused, ConstitutionRefused or NotACheckpoint for evidence that is none, or the
 * system's error; everything that is wrong with the Bucket itself is a fault in the report.
 */
export function verifyFolder(
  folder: Folder,
  options: VerifyOptions = {},
  work: PureWork = DONE_HERE,
  rangeBytes: number = RANGE_BYTES,
): Report {
  const begun = beginVerification(folder, options, work);
  if ("report" in begun) return begun.report;
  const { verification } = begun;
  const judge = new RangeJudge(folder, verification.brief, work);
  for (const range of logRanges(folder, rangeBytes)) {
    verification.take(judge.judge(range));
    if (verification.isEnough) break;
  }
  return verification.finish();
}

/**
 * What comes before the log: constitutions, key, evidence, the published checkpoint. Gives the
 * report at once if no constitution can be read, for without one no key is known. Throws as
 * `verifyFolder` does.
 */
export function beginVerification(
  folder: Folder,
  options: VerifyOptions,
  work: PureWork,
): { readonly verification: Verification } | { readonly report: Report } {
  const findings = new Findings(options.stopAfter);
  if (options.key !== undefined) work.verifier(options.key);
  if (options.pinned !== undefined) requirePinned(options.pinned, work);
  requireEvidence(options, work);
  const constitutions = checkConstitutions(folder, work, findings);
  if (constitutions === undefined) return { report: unreadableReport(options, findings) };
  const { chain } = constitutions;
  const trust = [
    checkPinned(options.pinned, constitutions, work, findings),
    checkLogKey(constitutions, options.key, findings),
  ];
  const brought = openEvidence(options, { chain, work, findings });
  // Before the log: what is published now was synced before, so the log read later covers it.
  const published = checkCheckpoint(folder, constitutions, work, findings);
  const parts = { folder, options, work, findings, constitutions, published, brought, trust };
  return { verification: new Verification(parts) };
}

interface VerificationParts {
  readonly folder: Folder;
  readonly options: VerifyOptions;
  readonly work: PureWork;
  readonly findings: Findings;
  readonly constitutions: Constitutions;
  readonly published: Published | undefined;
  readonly brought: Brought;
  readonly trust: readonly string[];
}

/** One passage over the log, range by range, and what can only be judged after it. */
export class Verification {
  readonly #parts: VerificationParts;
  readonly #tree: TreeJoin;
  readonly #writers: WritersCheck;
  readonly #tiles: TilesJoin;
  readonly #log: LogJoin;
  readonly #totalBytes: number;
  #bytes = 0;
  /** What every judge of this log's ranges must be given. */
  readonly brief: Brief;

  constructor(parts: VerificationParts) {
    const { folder, findings, constitutions, published, brought } = parts;
    const { chain } = constitutions;
    this.#parts = parts;
    const claims = [...claimsOf(chain), ...brought.claims, ...claimOf(published)];
    const publishedSize = published?.checkpoint.size ?? 0;
    const cuts = [...new Set(claims.map(({ size }) => size))].sort((a, b) => a - b);
    this.brief = { chain, cuts, publishedSize };
    this.#tree = new TreeJoin(claims, findings);
    this.#writers = new WritersCheck(findings);
    const comparison = new TileComparison(within(folder, TILES_FOLDER), publishedSize);
    this.#tiles = new TilesJoin(comparison, findings);
    const [tree, writers, tiles] = [this.#tree, this.#writers, this.#tiles];
    this.#log = new LogJoin({ chain, findings, tree, writers, tiles });
    this.#totalBytes = logBytes(folder);
  }

  /** As many faults as the caller wanted to know. */
  get isEnough(): boolean {
    return this.#parts.findings.enough;
  }

  /** The facts of the next range, in the order of the log. */
  take(facts: RangeFacts): void {
    this.#log.take(facts);
    this.#bytes += facts.bytes;
    this.#parts.options.onProgress?.({
      bytes: this.#bytes,
      totalBytes: Math.max(this.#totalBytes, this.#bytes),
      events: this.#log.events,
    });
  }

  /** All ranges were taken, or enough faults found. */
  finish(): Report {
    const { folder, findings, constitutions } = this.#parts;
    if (findings.enough) return this.#report(0);
    const { events } = this.#log;
    this.#tree.finish(events);
    if (this.#log.isWhole) this.#tiles.finish();
    this.#reportRepeats(this.#writers.repeats);
    const extent = {
      constitutions: constitutions.chain.length,
      events,
      hasGrown: !this.#log.isWhole || logBytes(folder) > this.#bytes,
    };
    const { unfinished } = checkFolder(folder, extent, findings);
    checkEpochs(folder, this.#writers.epochs(), findings);
    return this.#report(unfinished);
  }

  /** Where each repeated decision id stood first takes a second reading, only of a log at fault. */
  #reportRepeats(repeats: readonly Repeat[]): void {
    const { folder, work, findings } = this.#parts;
    const first = firstPlaces(folder, new Set(repeats.map(({ id }) => id)), work);
    for (const { id, index } of repeats) {
      const message = `decision ${id} is that of event ${first.get(id)} already`;
      findings.add("decision-unique", index, message);
    }
  }

  #report(unfinished: number): Report {
    const { options, findings, constitutions, published } = this.#parts;
    const { origin, log_key } = lastOf(constitutions).constitution;
    return {
      ok: findings.count === 0,
      origin,
      vkey: options.key ?? log_key,
      events: this.#log.events,
      frames: this.#log.frames,
      root: hexOrNull(this.#tree.frontier?.root()),
      published: published?.checkpoint.size ?? null,
      checks: findings.checks(),
      faults: findings.faults(),
      faultCount: findings.count,
      ...this.#writers.holes(),
      evidence: this.#evidence(unfinished),
    };
  }

  #evidence(unfinished: number): string[] {
    const { published, brought, trust } = this.#parts;
    const lines = [...trust, ...brought.lines];
    if (published === undefined) lines.push("nothing is published");
    lines.push(whatACutWouldShow([...brought.claims, ...claimOf(published)]));
    if (unfinished > 0) {
      lines.push(`${unfinished} unfinished files hold nothing committed and were not read`);
    }
    return lines;
  }
}

/** Whether the log's present key is the one given, and the line of evidence. Constitutions vouch for those before it. */
function checkLogKey(
  constitutions: Constitutions,
  key: string | undefined,
  findings: Findings,
): string {
  if (key === undefined) {
    return "no key was given: the log is only self-consistent, its key is its own constitution's word";
  }
  findings.made("log-key");
  const { log_key } = lastOf(constitutions).constitution;
  if (key !== log_key) {
    findings.add("log-key", null, `the constitution names ${log_key}, not the key given`);
  }
  return "the tree heads were checked with the key given";
}

/** The published checkpoint if the log has signed it; a fault, and `undefined`, if not. */
function checkCheckpoint(
  folder: Folder,
  { chain }: Constitutions,
  work: PureWork,
  findings: Findings,
): Published | undefined {
  findings.made("checkpoint");
  try {
    const published = publishedCheckpoint(within(folder, TILES_FOLDER));
    if (published === undefined) return undefined;
    const { note } = published;
    return { note, checkpoint: openBareHeadOf(chain, note, work) };
  } catch (error) {
    if (!(isRefusal(error) || error instanceof TooLarge)) throw error;
    findings.add("checkpoint", null, `the published checkpoint is refused: ${error.message}`);
    return undefined;
  }
}

function unreadableReport(options: VerifyOptions, findings: Findings): Report {
  return {
    ok: false,
    origin: null,
    vkey: options.key ?? null,
    events: 0,
    frames: 0,
    root: null,
    published: null,
    checks: findings.checks(),
    faults: findings.faults(),
    faultCount: findings.count,
    holes: [],
    holeCount: 0,
    evidence: ["no constitution could be read, so no key is known and nothing else was judged"],
  };
}

function lastOf({ chain }: Constitutions): Constitutions["chain"][number] {
  return chain.at(-1) ?? chain[0];
}

function hexOrNull(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString("hex");
}
