import { HASH_SIZE, nodeHashInto } from "@writ/tlog/hash";
import { TILE_WIDTH } from "@writ/tlog/tile-path";
import type { Subtrees } from "./facts.ts";

/**
 * The complete subtrees over consecutive leaf hashes (packed, 32 bytes each), the first of index
 * `first`: each begins at a
 * multiple of its width, is at most a tile wide and spans none of `cuts` (ascending tree sizes).
 * Whoever knows the tree before them needs nothing else to go on with it.
 */
export function subtreesOf(first: number, leaves: Uint8Array, cuts: readonly number[]): Subtrees {
  const levels: number[] = [];
  const roots = new Uint8Array(leaves.length);
  const end = first + leaves.length / HASH_SIZE;
  let cut = cuts.findIndex((size) => size > first);
  let at = first;
  while (at < end) {
    while (cut >= 0 && (cuts[cut] ?? end) <= at) cut += 1;
    const limit = cut < 0 ? end : Math.min(end, cuts[cut] ?? end);
    const level = levelWithin(at, limit);
    fold(leaves, at - first, level, roots, levels.length * HASH_SIZE);
    levels.push(level);
    at += 2 ** level;
  }
  return { levels: Uint8Array.from(levels), roots: roots.slice(0, levels.length * HASH_SIZE) };
}

/** Level of the widest subtree that may begin at `at` and ends at `limit` or before. */
function levelWithin(at: number, limit: number): number {
  let level = 0;
  for (let width = 2; width <= TILE_WIDTH; width *= 2) {
    if (at % width !== 0 || at + width > limit) break;
    level += 1;
  }
  return level;
}

const SCRATCH = new Uint8Array(TILE_WIDTH * HASH_SIZE);

/** Writes the root of the 2^level leaves from `from` on to `out[outAt]`. */
function fold(
  leaves: Uint8Array,
  from: number,
  level: number,
  out: Uint8Array,
  outAt: number,
): void {
  SCRATCH.set(leaves.subarray(from * HASH_SIZE, (from + 2 ** level) * HASH_SIZE));
  for (let count = 2 ** level; count > 1; count /= 2) {
    for (let i = 0; i < count / 2; i++) {
      const left = 2 * i * HASH_SIZE;
      nodeHashInto(SCRATCH, left, SCRATCH, left + HASH_SIZE, SCRATCH, i * HASH_SIZE);
    }
  }
  out.set(SCRATCH.subarray(0, HASH_SIZE), outAt);
}
