/**
 * Everything that verification looks at, in the order of trust: from governance to the log's key,
 * from writers to batches, from events to the tree and its heads, from heads to what others know of
 * them. Each check is either made in full or said not to have been made.
 */
export const CHECKS = {
  pinned: "the constitutions are those that the auditor pinned",
  constitution: "the constitutions form a chain, each signed by the governance before it",
  "log-key": "the log's key is the one given",
  frame: "every frame is whole, and a segment's head is that of the log before it",
  "frame-order": "segments and frames follow one another without a gap",
  "frame-constitution": "every frame names the constitution in force",
  "batch-signature": "every batch is signed by a writer of the constitution",
  "batch-order": "a writer's batch numbers rise and its epochs never fall",
  quota: "no one has more in the log than its constitution allowed",
  event: "every event is canonical and keeps the closed schema",
  "decision-owner": "decision ids carry the writer and epoch of their batch",
  "decision-unique": "no decision id occurs twice",
  "tree-head": "every frame's tree head states the tree of the events so far",
  "head-signature": "every tree head is signed by the log's key of that time",
  checkpoint: "the published checkpoint is a signed head of this log",
  guard: "the log extends the head that the guard holds",
  since: "the log extends every checkpoint that was kept",
  witnesses: "the log extends a head that enough witnesses cosigned",
  tiles: "the published tiles are what the log gives, and none is missing",
  epochs: "the epochs kept for the handshake are not below those in the log",
  folder: "the folder holds a Bucket's files and nothing else",
} as const;

export type CheckName = keyof typeof CHECKS;

export const CHECK_NAMES: readonly CheckName[] = Object.keys(CHECKS) as CheckName[];

/** One thing that is not as it must be. */
export interface Fault {
  /** Leaf index of the first event concerned; null if it concerns none. */
  readonly index: number | null;
  readonly check: CheckName;
  readonly message: string;
}

/** Attempts that left no record: sequences `from` … `to` below the highest that the epoch recorded. */
export interface Hole {
  readonly gateway: string;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

export interface CheckResult {
  readonly check: CheckName;
  /** What holds if there is no fault. */
  readonly title: string;
  readonly made: boolean;
  readonly faults: number;
}

export interface Report {
  /** Everything that was looked at is as it must be. How much that proves, `evidence` says. */
  readonly ok: boolean;
  readonly origin: string | null;
  /** The verifier key that the heads were checked with. */
  readonly vkey: string | null;
  readonly events: number;
  readonly frames: number;
  /** RFC 6962 root of all events, lowercase hex; null if damage kept it from being computed. */
  readonly root: string | null;
  /** Size of the published checkpoint; null if none is published. */
  readonly published: number | null;
  readonly checks: readonly CheckResult[];
  /** By index, those without one that concern the whole log first; at most `FAULTS_KEPT`. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  /** At most `HOLES_KEPT`. Information, not faults: an attempt whose append failed leaves one. */
  readonly holes: readonly Hole[];
  readonly holeCount: number;
  /** What the result rests on, and what it cannot know. */
  readonly evidence: readonly string[];
}

export const FAULTS_KEPT = 1000;
export const HOLES_KEPT = 1000;

/** Collects faults. Counts them all, keeps the first thousand: a ruined log must not fill memory. */
export class Findings {
  readonly #kept: Fault[] = [];
  readonly #counts = new Map<CheckName, number>();
  readonly #made = new Set<CheckName>();
  readonly #stopAfter: number;
  #count = 0;

  constructor(stopAfter: number = Number.POSITIVE_INFINITY) {
    this.#stopAfter = stopAfter;
  }

  /** As many faults as the caller wanted to know. */
  get enough(): boolean {
    return this.#count >= this.#stopAfter;
  }

  get count(): number {
    return this.#count;
  }

  /** Says that these checks are being made. */
  made(...checks: readonly CheckName[]): void {
    for (const check of checks) this.#made.add(check);
  }

  add(check: CheckName, index: number | null, message: string): void {
    this.#made.add(check);
    this.#count += 1;
    this.#counts.set(check, (this.#counts.get(check) ?? 0) + 1);
    if (this.#kept.length < FAULTS_KEPT) this.#kept.push({ index, check, message });
  }

  /** Counts faults that were found and are not told one by one. */
  addUnlisted(check: CheckName, count: number): void {
    this.#made.add(check);
    this.#count += count;
    this.#counts.set(check, (this.#counts.get(check) ?? 0) + count);
  }

  checks(): CheckResult[] {
    return CHECK_NAMES.map((check) => ({
      check,
      title: CHECKS[check],
      made: this.#made.has(check),
      faults: this.#counts.get(check) ?? 0,
    }));
  }

  faults(): Fault[] {
    return this.#kept.toSorted((a, b) => rank(a) - rank(b) || byCheck(a, b));
  }
}

/** So that a report does not depend on what was looked at first. */
function byCheck(a: Fault, b: Fault): number {
  if (a.check === b.check) return a.message < b.message ? -1 : Number(a.message > b.message);
  return CHECK_NAMES.indexOf(a.check) - CHECK_NAMES.indexOf(b.check);
}

/** What undoes the ground under everything comes first, what concerns no event last. */
function rank({ index, check }: Fault): number {
  if (check === "pinned" || check === "constitution" || check === "log-key") return -1;
  return index ?? Number.MAX_SAFE_INTEGER;
}
