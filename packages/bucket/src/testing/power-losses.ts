import type { Contents } from "./disk-file.ts";
import type { Loss, Pending } from "./fault-disk.ts";

const KEPT: Contents = { kind: "kept" };
const DROPPED: Contents = { kind: "dropped" };
const ODD: Contents = { kind: "holes", pick: (sector) => sector % 2 === 1 };
const EVEN: Contents = { kind: "holes", pick: (sector) => sector % 2 === 0 };

/** All subsets are tried of so few things that are not synced; of more, each alone. */
const MOST_FOR_SUBSETS = 5;
/** Places within one file's unsynced contents at which it is torn, spread evenly. */
const MOST_TEARS = 12;

/** All that is not synced is gone. */
export const EVERYTHING: Loss = {
  name: "all is lost",
  contents: () => DROPPED,
  isNew: () => false,
};

/**
 * Ways in which power can be lost: contents and names without each other; every subset of them, or
 * each alone where they are many, since the disk may have written them in any order; each file torn
 * at multiples of 512 bytes, and with holes.
 */
export function powerLosses(pending: Pending): Loss[] {
  const things = [
    ...pending.files.map(({ path }) => `contents of ${path}`),
    ...pending.names.map((path) => `name ${path}`),
  ];
  if (things.length === 0) return [];
  const subsets = things.length <= MOST_FOR_SUBSETS ? everySubset(things) : eachAlone(things);
  const corners =
    things.length <= MOST_FOR_SUBSETS
      ? []
      : [EVERYTHING, without("contents"), without("name"), keeping(new Set(things))];
  return [...corners, ...subsets.map(keeping), ...pending.files.flatMap(tears)];
}

/** Exactly these are kept. */
function keeping(things: ReadonlySet<string>): Loss {
  return {
    name: `kept: ${[...things].join(", ") || "nothing"}`,
    contents: (path) => (things.has(`contents of ${path}`) ? KEPT : DROPPED),
    isNew: (path) => things.has(`name ${path}`),
  };
}

function without(kind: "contents" | "name"): Loss {
  return {
    name: `every ${kind} is lost`,
    contents: () => (kind === "contents" ? DROPPED : KEPT),
    isNew: () => kind !== "name",
  };
}

function everySubset(things: readonly string[]): ReadonlySet<string>[] {
  return Array.from(
    { length: 2 ** things.length },
    (_, bits) => new Set(things.filter((_, i) => bits & (1 << i))),
  );
}

/** Each kept alone, and each lost alone. */
function eachAlone(things: readonly string[]): ReadonlySet<string>[] {
  return things.flatMap((one) => [
    new Set([one]),
    new Set(things.filter((other) => other !== one)),
  ]);
}

/** One file's contents come through in part, all else whole. */
function tears({ path, sectors }: Pending["files"][number]): Loss[] {
  const step = Math.max(1, Math.ceil(sectors / MOST_TEARS));
  const torn = Array.from(
    { length: Math.ceil(sectors / step) - 1 },
    (_, i): Contents => ({ kind: "torn", sectors: (i + 1) * step }),
  );
  const parts: Contents[] = sectors > 1 ? [...torn, ODD, EVEN] : [];
  return parts.map((part, i) => ({
    name: `${path} in part ${i}: ${JSON.stringify(part)}`,
    contents: (one) => (one === path ? part : KEPT),
    isNew: () => true,
  }));
}
