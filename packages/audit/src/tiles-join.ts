import { HASH_SIZE } from "@writ/tlog/hash";
import { TileEdge } from "@writ/tlog/tile-edge";
import { TILE_WIDTH } from "@writ/tlog/tile-path";
import { Frontier } from "@writ/tlog/tree";
import { BundleParts } from "./bundle-parts.ts";
import type { Subtrees, TileFacts } from "./facts.ts";
import type { TileComparison } from "./tile-comparison.ts";
import type { Fault, Findings } from "./verify-report.ts";

/**
 * Compares the published tiles that no range of the log gives alone: bundles that begin in one and
 * end in another, and the hash tiles above them. Holds one bundle and one tile a level.
 */
export class TilesJoin {
  readonly #comparison: TileComparison;
  readonly #findings: Findings;
  readonly #parts = new BundleParts();
  /** The tree under the hash that comes next into level 1. */
  #bundle = new Frontier();
  /** Its leaves are the roots of bundles, so its level n is the log's level n + 1. */
  readonly #above = new TileEdge();

  constructor(comparison: TileComparison, findings: Findings) {
    this.#comparison = comparison;
    this.#findings = findings;
    findings.made("tiles");
  }

  /** The next leaves of the log. */
  append({ levels, roots }: Subtrees): void {
    for (const [position, level] of levels.entries()) {
      const at = position * HASH_SIZE;
      this.#bundle.appendSubtree(roots.subarray(at, at + HASH_SIZE), level);
      if (this.#bundle.size === TILE_WIDTH) this.#ascend();
    }
  }

  /** What a range said of bundles, in order. */
  take(facts: readonly TileFacts[]): void {
    for (const fact of facts) {
      if (fact.kind === "compared") {
        this.#parts.startAt(this.#parts.next + TILE_WIDTH);
        this.#addAll(fact.faults);
        continue;
      }
      for (const whole of this.#parts.append(fact)) this.#addAll(this.#comparison.bundle(whole));
    }
  }

  /** The log has ended: compares the tiles that are still partial. */
  finish(): void {
    const last = this.#parts.take();
    if (last !== undefined) this.#addAll(this.#comparison.bundle(last));
    for (const { tile, content } of this.#above.partials()) {
      const { index, width } = tile;
      this.#addAll(
        this.#comparison.hashes({ level: Number(tile.level) + 1, index, width }, content),
      );
    }
  }

  #ascend(): void {
    const full = this.#above.append(this.#bundle.root());
    this.#bundle = new Frontier();
    for (const { tile, content } of full) {
      const { index, width } = tile;
      this.#addAll(
        this.#comparison.hashes({ level: Number(tile.level) + 1, index, width }, content),
      );
    }
  }

  #addAll(faults: readonly Fault[]): void {
    for (const { check, index, message } of faults) this.#findings.add(check, index, message);
  }
}
