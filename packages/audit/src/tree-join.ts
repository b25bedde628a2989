import type { Enacted } from "@writ/bucket/constitution/chain";
import { equalBytes, HASH_SIZE } from "@writ/tlog/hash";
import { Frontier } from "@writ/tlog/tree";
import type { Subtrees } from "./facts.ts";
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
export class TreeJoin {
  readonly #findings: Findings;
  /** Ascending by size. */
  readonly #claims: ClaimedTree[];
  /** Claims about trees that were lost. */
  readonly #unsettled: ClaimedTree[] = [];
  #frontier: Frontier | undefined = new Frontier();

  constructor(claims: readonly ClaimedTree[], findings: Findings) {
    this.#claims = claims.toSorted((a, b) => a.size - b.size);
    this.#findings = findings;
    findings.made("tree-head", "head-signature");
    this.#settleClaims(new Frontier());
  }

  /** The tree so far; `undefined` while it is lost. */
  get frontier(): Frontier | undefined {
    return this.#frontier;
  }

  /** The next leaves, cut where someone claims a root. */
  append({ levels, roots }: Subtrees): void {
    if (this.#frontier === undefined) return;
    for (const [position, level] of levels.entries()) {
      const at = position * HASH_SIZE;
      this.#frontier.appendSubtree(roots.subarray(at, at + HASH_SIZE), level);
      this.#settleClaims(this.#frontier);
    }
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

  /** What the head of a frame says that begins at `index`, after its leaves were appended. */
  head(stated: { size: number; root: Uint8Array }, index: number, sizeAfter: number): void {
    if (stated.size !== sizeAfter) {
      const message = `the tree head states ${stated.size} events where there are ${sizeAfter}`;
      this.#findings.add("tree-head", index, message);
    } else if (this.#frontier !== undefined && !equalBytes(this.#frontier.root(), stated.root)) {
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
