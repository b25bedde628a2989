import type { Standing } from "./compare.ts";
import type { PlacedChange } from "./compare-block.ts";

/** Changed inputs that go the same way by the same rule. */
export interface ChangeGroup {
  readonly from: Standing;
  readonly to: Standing;
  readonly rule: string | null;
  readonly new_reason: string;
  readonly count: number;
  /** The first of them, by file and line. */
  readonly example: PlacedChange;
  /** `file:line` of at most 1,000 of them. */
  readonly inputs: readonly string[];
}

export const INPUTS_KEPT = 1_000;

/** What opens a door comes before what closes one; refusals by a shape last. */
const order: readonly `${Standing}→${Standing}`[] = [
  "BLOCK→EXECUTE",
  "REFUSED→EXECUTE",
  "BLOCK→REWRITE",
  "REFUSED→REWRITE",
  "REWRITE→EXECUTE",
  "REFUSED→BLOCK",
  "REWRITE→REWRITE",
  "EXECUTE→REWRITE",
  "EXECUTE→BLOCK",
  "REWRITE→BLOCK",
];

/** Gathers changes as they come, in memory that does not follow their number. */
export class ChangeGroups {
  readonly #groups = new Map<string, Growing>();

  add(change: PlacedChange): void {
    const { from, to, rule, new_reason } = change;
    const key = JSON.stringify([from, to, rule, new_reason]);
    const group = this.#groups.get(key) ?? { example: change, count: 0, inputs: [] };
    group.count += 1;
    if (isBefore(change, group.example)) group.example = change;
    if (group.inputs.length < INPUTS_KEPT) group.inputs.push(`${change.file}:${change.line}`);
    this.#groups.set(key, group);
  }

  /** The most dangerous first. */
  sorted(): readonly ChangeGroup[] {
    return [...this.#groups.values()]
      .map(({ example, count, inputs }) => {
        const { from, to, rule, new_reason } = example;
        return { from, to, rule, new_reason, count, example, inputs };
      })
      .sort((a, b) => rank(a) - rank(b) || b.count - a.count);
  }
}

interface Growing {
  example: PlacedChange;
  count: number;
  readonly inputs: string[];
}

function isBefore(a: PlacedChange, b: PlacedChange): boolean {
  return a.file < b.file || (a.file === b.file && a.line < b.line);
}

function rank({ from, to }: ChangeGroup): number {
  const at = order.indexOf(`${from}→${to}`);
  return at < 0 ? order.length : at;
}
