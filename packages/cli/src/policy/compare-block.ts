import type { Engine } from "@writ/engine/engine";
import { type Change, compare } from "./compare.ts";
import { type LineBlock, linesOf } from "./line-blocks.ts";

/** Where a changed input stands. */
export interface PlacedChange extends Change {
  readonly file: string;
  readonly line: number;
}

export interface Compared {
  readonly inputs: number;
  readonly bytes: number;
  readonly changes: readonly PlacedChange[];
}

/** Compares every line of a block. */
export function compareBlock(
  { old, next }: { readonly old: Engine; readonly next: Engine },
  block: LineBlock,
): Compared {
  const changes: PlacedChange[] = [];
  let inputs = 0;
  for (const [line, bytes] of linesOf(block)) {
    inputs += 1;
    const change = compare(old, next, bytes);
    if (change !== undefined) changes.push({ file: block.file, line, ...change });
  }
  return { inputs, bytes: block.bytes.length, changes };
}
