import type { Enacted } from "@writ/bucket/constitution/chain";
import { type Checkpoint, CheckpointRefused } from "@writ/tlog/checkpoint";
import { equalBytes } from "@writ/tlog/hash";
import { NoteRefused } from "@writ/tlog/note";
import type { Verifier } from "@writ/tlog/note-key";
import { Frontier } from "@writ/tlog/tree";
import type { PureWork } from "./pure-work.ts";
import type { CheckName, Findings } from "./verify-report.ts";

/** A tree that something outside the frames claims the log once was. */
export interface ClaimedTree {
  readonly size: number;
  readonly root: Uint8Array;
  readonly check: CheckName;
  /** Who claims it, for messages. */
  readonly claimant: string;
}

/**
 * The tree over the events so far, and everything that must agree with it: the head of each frame,
 * the published checkpoint, the trees from which constitutions hold. Where events could not be
 * read the tree is lost until a segment's head says how it stood.
 */
export class TreeCheck {
  readonly #findings: Findings;
  readonly #origin: string;
  readonly #work: PureWork;
  /** Ascending by size. */
  readonly #claims: ClaimedTree[];
  /** Claims about trees that were lost. */
  readonly #unsettled: ClaimedTree[] = [];
  #frontier: Frontier | undefined = new Frontier();

  constructor(origin: string, claims: readonly ClaimedTree[], work: PureWork, findings: Findings) {
    this.#origin = origin;
    this.#work = work;
    this.#claims = claims.toSorted((a, b) => a.size - b.size);
    this.#findings = findings;
    findings.made("tree-head", "head-signature");
    this.#settleClaims(new Frontier());
  }

  /** The tree so far; `undefined` while it is lost. */
  get frontier(): Frontier | undefined {
    return this.#frontier;
  }

  append(leaf: Uint8Array): void {
    if (this.#frontier === undefined) return;
    this.#frontier.append(leaf);
    this.#settleClaims(this.#frontier);
  }

  /** Events are missing or unreadable. */
  lose(): void {
    this.#frontier = undefined;
  }

  /** Takes the tree from a segment's head; the signed heads that follow prove it right or wrong. */
  resume(frontier: Frontier): void {
    this.#frontier = frontier.clone();
    this.#settleClaims(this.#frontier);
  }

  /** The head of a frame that begins at `index`, after its events were appended; `log` must have signed it. */
  head(note: Uint8Array, log: Verifier, index: number, sizeAfter: number): void {
    const opened = this.#open(note, log, index);
    if (opened === undefined) return;
    if (opened.size !== sizeAfter) {
      const message = `the tree head states ${opened.size} events where there are ${sizeAfter}`;
      this.#findings.add("tree-head", index, message);
    } else if (this.#frontier !== undefined && !equalBytes(this.#frontier.root(), opened.root)) {
      const message = `the tree head at ${sizeAfter} events is not that of these events`;
      this.#findings.add("tree-head", index, message);
    }
  }

  /** The log has ended with `events` events: what was claimed beyond them is not there. */
  finish(events: number): void {
    for (const { size, check, claimant } of [...this.#unsettled, ...this.#claims]) {
      const message =
        size > events
          ? `${claimant} knows ${size} events, the log holds ${events}`
          : `${claimant} cannot be compared: not all events before ${size} could be read`;
      this.#findings.add(check, null, message);
    }
  }

  #open(note: Uint8Array, log: Verifier, index: number): Checkpoint | undefined {
    try {
      return this.#work.openHead(note, log, this.#origin);
    } catch (error) {
      if (!(error instanceof NoteRefused || error instanceof CheckpointRefused)) throw error;
      this.#findings.add("head-signature", index, error.message);
      return undefined;
    }
  }

  #settleClaims(frontier: Frontier): void {
    for (;;) {
      const claim = this.#claims[0];
      if (claim === undefined || claim.size > frontier.size) return;
      this.#claims.shift();
      if (claim.size === frontier.size) this.#settle(claim, frontier);
      else this.#unsettled.push(claim);
    }
  }

  #settle({ size, root, check, claimant }: ClaimedTree, frontier: Frontier): void {
    if (equalBytes(frontier.root(), root)) return;
    this.#findings.add(
      check,
      size === 0 ? null : size - 1,
      `${claimant} knows another tree of ${size} events`,
    );
  }
}

/** The trees from which the successors in a chain hold. */
export function claimsOf(chain: readonly Enacted[]): ClaimedTree[] {
  return chain.slice(1).map(({ constitution }, i) => ({
    size: constitution.from.size,
    root: Uint8Array.from(Buffer.from(constitution.from.root, "hex")),
    check: "constitution",
    claimant: `constitution ${i + 1}`,
  }));
}
