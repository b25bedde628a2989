import assert from "node:assert/strict";
import { BEHAVIOURS, type Behaviour } from "./behaviours.ts";

/**
 * How a forbidden thing is kept from happening: `refused` by name; `absent`, for there is no way to
 * say it; `appended`, for all that came of it is one more record, which changes none before it.
 */
export type How = "refused" | "absent" | "appended";

/** What came of trying one behaviour at one interface. */
export interface Finding {
  readonly how: How;
  /** The errors, causes or answers that it met, or what shows that there is no way. */
  readonly by: readonly string[];
  /** How often it was tried. */
  readonly probes: number;
  /** Where each try was counted; null where nobody counts. */
  readonly counted: string | null;
}

/** One interface, and how it is tried. Throws where a behaviour meets anything but what it should. */
export interface Door {
  readonly name: string;
  /** What must be there before, and is no part of the try. */
  prepare?(behaviour: Behaviour): Promise<void>;
  attempt(behaviour: Behaviour): Promise<Finding>;
}

export interface Cell extends Finding {
  readonly behaviour: Behaviour;
  readonly door: string;
}

/** What may never change, and how much of it there is. */
export interface Ledger {
  log(): Buffer;
  constitutions(): Buffer;
}

/** Tries one behaviour at every door; after each, what was recorded stands as it stood. */
export async function tryAt(
  doors: readonly Door[],
  behaviour: Behaviour,
  ledger: Ledger,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  const constitutions = ledger.constitutions();
  let after = ledger.log();
  for (const door of doors) {
    await door.prepare?.(behaviour);
    const before = door.prepare === undefined ? after : ledger.log();
    const finding = await door.attempt(behaviour).catch((cause: unknown) => {
      throw new Error(`${behaviour} at ${door.name}`, { cause });
    });
    after = ledger.log();
    const what = `${behaviour} at ${door.name}: the log was changed`;
    assert.ok(after.subarray(0, before.length).equals(before), what);
    if (finding.how === "appended") assert.ok(after.length > before.length, what);
    else assert.equal(after.length, before.length, what);
    assert.ok(ledger.constitutions().equals(constitutions), what);
    assert.ok(finding.probes > 0 && finding.by.length > 0, what);
    cells.push({ behaviour, door: door.name, ...finding });
  }
  return cells;
}

/** The table in a few lines: how many cells, how they came out, and by which names. */
export function summary(cells: readonly Cell[]): string[] {
  const doors = new Set(cells.map(({ door }) => door));
  const probes = cells.reduce((sum, one) => sum + one.probes, 0);
  const hows = Object.entries(Object.groupBy(cells, ({ how }) => how)).map(
    ([how, ones]) => `${ones.length} ${how}`,
  );
  const counted = cells.filter((one) => one.counted !== null).length;
  const met = cells.filter(({ how }) => how !== "absent").flatMap(({ by }) => by);
  const names = [...new Set(met)].toSorted();
  return [
    `${cells.length} cells: ${BEHAVIOURS.length} behaviours at ${doors.size} interfaces, ${probes} tries`,
    `${hows.join(", ")}; ${counted} of them counted`,
    `met: ${names.join(", ")}`,
  ];
}

/** Every cell is there exactly once. */
export function assertWhole(cells: readonly Cell[], doors: readonly Door[]): void {
  const found = cells.map(({ behaviour, door }) => `${behaviour} at ${door}`);
  const expected = BEHAVIOURS.flatMap((one) => doors.map(({ name }) => `${one} at ${name}`));
  assert.deepEqual(found.toSorted(), expected.toSorted());
}
