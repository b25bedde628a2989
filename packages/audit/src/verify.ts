import { type Folder, TooLarge, within } from "@writ/bucket/read/folder";
import { logBytes, readLog } from "@writ/bucket/read/log";
import { type Published, publishedCheckpoint, TILES_FOLDER } from "@writ/bucket/read/published";
import { EventRefused } from "@writ/contract/event";
import { type Checkpoint, CheckpointRefused } from "@writ/tlog/checkpoint";
import { NoteRefused, parseNote } from "@writ/tlog/note";
import { openBucketFolder } from "./bucket-folder.ts";
import { type Chain, checkConstitutions } from "./constitution-check.ts";
import { checkEpochs, checkFolder } from "./folder-check.ts";
import { LogCheck } from "./log-check.ts";
import { DONE_HERE, type PureWork } from "./pure-work.ts";
import { TilesCheck } from "./tiles-check.ts";
import { type ClaimedTree, claimsOf, TreeCheck } from "./tree-check.ts";
import { Findings, type Report } from "./verify-report.ts";
import { type Repeat, WritersCheck } from "./writers-check.ts";

/** How far verification has come. */
export interface VerifyProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly events: number;
}

export interface VerifyOptions {
  /** The log's verifier key, from somewhere other than this Bucket. Without it the log is only shown to be self-consistent. */
  readonly key?: string;
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Stop at so many faults; all are looked for unless stated. */
  readonly stopAfter?: number;
}

/**
 * Verifies a whole Bucket from its bytes: `directory` is a DATA folder or the Bucket folder in it.
 * Reads only, repairs nothing, and holds no more of the log at once than one frame. The Bucket may
 * be running: what it had committed when this began is verified.
 *
 * Throws NotABucket, KeyRefused (a `key` that is none) or the system's error; everything that is
 * wrong with the Bucket itself is a fault in the report.
 */
export function verifyBucket(directory: string, options: VerifyOptions = {}): Report {
  return verifyFolder(openBucketFolder(directory), options);
}

/** As `verifyBucket`, of any view of a Bucket folder, with the costly leaves of the work given. */
export function verifyFolder(
  folder: Folder,
  options: VerifyOptions = {},
  work: PureWork = DONE_HERE,
): Report {
  const findings = new Findings(options.stopAfter);
  // A key that is none is the caller's mistake and no fault of the Bucket.
  if (options.key !== undefined) work.verifier(options.key);
  const chain = checkConstitutions(folder, work, findings);
  if (chain === undefined) return unreadableReport(options, findings);
  checkLogKey(chain, options.key, findings);
  // Before the log: what is published now was synced before, so the log read later covers it.
  const published = checkCheckpoint(folder, chain, work, findings);
  return new Verification({ folder, options, work, findings, chain, published }).run();
}

interface VerificationParts {
  readonly folder: Folder;
  readonly options: VerifyOptions;
  readonly work: PureWork;
  readonly findings: Findings;
  readonly chain: Chain;
  readonly published: Published | undefined;
}

/** One passage over the log, and what can only be judged after it. */
class Verification {
  readonly #parts: VerificationParts;
  readonly #tree: TreeCheck;
  readonly #writers: WritersCheck;
  readonly #tiles: TilesCheck;
  readonly #log: LogCheck;

  constructor(parts: VerificationParts) {
    const { folder, work, findings, chain, published } = parts;
    this.#parts = parts;
    const { origin } = chain[0].constitution;
    const claims = [...claimsOf(chain), ...claimOf(published)];
    this.#tree = new TreeCheck(origin, claims, work, findings);
    this.#writers = new WritersCheck(findings);
    const publishedSize = published?.checkpoint.size ?? 0;
    this.#tiles = new TilesCheck(within(folder, TILES_FOLDER), publishedSize, findings);
    const [tree, writers, tiles] = [this.#tree, this.#writers, this.#tiles];
    this.#log = new LogCheck({ chain, work, findings, tree, writers, tiles });
  }

  run(): Report {
    const { folder, findings, chain } = this.#parts;
    const read = this.#readLog();
    if (findings.enough) return this.#report(0);
    const { events } = this.#log;
    this.#tree.finish(events);
    if (this.#log.isWhole) this.#tiles.finish();
    this.#reportRepeats(this.#writers.repeats);
    const extent = {
      constitutions: chain.length,
      events,
      hasGrown: !this.#log.isWhole || logBytes(folder) > read,
    };
    const { unfinished } = checkFolder(folder, extent, findings);
    checkEpochs(folder, this.#writers.epochs(), findings);
    return this.#report(unfinished);
  }

  /** Returns the number of bytes that the log had. */
  #readLog(): number {
    const { folder, options, findings } = this.#parts;
    const totalBytes = logBytes(folder);
    let before = 0;
    let file = "";
    let end = 0;
    for (const item of readLog(folder)) {
      if (item.file !== file) before += end;
      file = item.file;
      end = item.kind === "damage" ? item.end : item.offset + item.bytes.length;
      this.#log.take(item);
      const bytes = before + end;
      options.onProgress?.({
        bytes,
        totalBytes: Math.max(totalBytes, bytes),
        events: this.#log.events,
      });
      if (findings.enough) break;
    }
    return before + end;
  }

  /** Finds where each repeated decision id stood first: a second reading, only for a log at fault. */
  #reportRepeats(repeats: readonly Repeat[]): void {
    const firstIndex = new Map(repeats.map(({ id }) => [id, -1]));
    if (firstIndex.size > 0) this.#findFirst(firstIndex);
    for (const { id, index } of repeats) {
      const message = `decision ${id} is that of event ${firstIndex.get(id)} already`;
      this.#parts.findings.add("decision-unique", index, message);
    }
  }

  #findFirst(firstIndex: Map<string, number>): void {
    const { folder, work } = this.#parts;
    for (const item of readLog(folder)) {
      if (item.kind !== "frame") continue;
      let index = item.frame.firstIndex;
      for (const { entries } of item.frame.submissions) {
        for (const entry of entries) {
          const id = decisionId(entry, work);
          if (id !== undefined && firstIndex.get(id) === -1) firstIndex.set(id, index);
          index += 1;
        }
      }
    }
  }

  #report(unfinished: number): Report {
    const { options, findings, chain, published } = this.#parts;
    const { origin, log_key } = lastOf(chain).constitution;
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
      evidence: evidence(options, published, unfinished),
    };
  }
}

function decisionId(entry: Uint8Array, work: PureWork): string | undefined {
  try {
    return work.decodeEvent(entry).enforcement_decision_id;
  } catch (error) {
    if (error instanceof EventRefused) return undefined;
    throw error;
  }
}

/** Whether the log's present key is the one given. Constitutions vouch for those before it. */
function checkLogKey(chain: Chain, key: string | undefined, findings: Findings): void {
  if (key === undefined) return;
  findings.made("log-key");
  const { log_key } = lastOf(chain).constitution;
  if (key === log_key) return;
  findings.add("log-key", null, `the constitution names ${log_key}, not the key given`);
}

/** The published checkpoint if the log has signed it; a fault, and `undefined`, if not. */
function checkCheckpoint(
  folder: Folder,
  chain: Chain,
  work: PureWork,
  findings: Findings,
): Published | undefined {
  findings.made("checkpoint");
  try {
    const published = publishedCheckpoint(within(folder, TILES_FOLDER));
    if (published === undefined) return undefined;
    return { note: published.note, checkpoint: openAsAnyOf(published.note, chain, work) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    findings.add("checkpoint", null, `the published checkpoint is refused: ${error.message}`);
    return undefined;
  }
}

/** Opens a checkpoint by one of the keys that the log has had: the newest may not have signed yet. */
function openAsAnyOf(note: Uint8Array, chain: Chain, work: PureWork): Checkpoint {
  const { origin } = chain[0].constitution;
  const keys = [...new Set(chain.map(({ constitution }) => constitution.log_key))];
  const signers = new Set(parseNote(note).signatures.map(({ keyId }) => keyId));
  const verifiers = keys.map(work.verifier);
  const log = verifiers.findLast(({ keyId }) => signers.has(keyId)) ?? verifiers.at(-1);
  if (log === undefined) throw new RangeError("a chain of constitutions names at least one key");
  return work.openHead(note, log, origin);
}

function isRefusal(error: unknown): error is NoteRefused | CheckpointRefused | TooLarge {
  return (
    error instanceof NoteRefused || error instanceof CheckpointRefused || error instanceof TooLarge
  );
}

function claimOf(published: Published | undefined): ClaimedTree[] {
  if (published === undefined) return [];
  const { size, root } = published.checkpoint;
  return [{ size, root, check: "checkpoint", claimant: "the published checkpoint" }];
}

function evidence(
  options: VerifyOptions,
  published: Published | undefined,
  unfinished: number,
): string[] {
  const lines = [
    options.key === undefined
      ? "no key was given: the log is only self-consistent, its key is its own constitution's word"
      : "the tree heads were checked with the key given",
    "the first constitution is taken at its word; later ones are signed by the governance before them",
    published === undefined
      ? "nothing is published: a log cut at the end of a frame would look the same"
      : `the published checkpoint knows ${published.checkpoint.size} events: a log cut at the end of a frame after them would look the same`,
  ];
  if (unfinished > 0)
    lines.push(`${unfinished} unfinished files hold nothing committed and were not read`);
  return lines;
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

function lastOf(chain: Chain): Chain[number] {
  return chain.at(-1) ?? chain[0];
}

function hexOrNull(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString("hex");
}
