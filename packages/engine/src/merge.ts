import { JsonObject } from "@writ/contract/json";
import { type FaultList, quoted } from "./fault.ts";
import type { Located, Member } from "./located.ts";

/** How each top-level key may be spread over files: in one of them, or its members over several. */
const SPREAD: ReadonlyMap<string, "once" | "members"> = new Map([
  ["writ", "once"],
  ["name", "once"],
  ["cedar", "once"],
  // Order is priority, and files have none.
  ["constraints", "once"],
  ["$defs", "members"],
  ["categories", "members"],
  ["canaries", "members"],
]);

/**
 * One tree out of the trees of several files: the bundle's content, whichever file holds what.
 * Two files may not say the same thing twice, not even alike: one of them would be edited alone.
 */
export function mergeFiles(roots: readonly Located[], faults: FaultList): Located | null {
  const merged = new Map<string, Member>();
  for (const root of roots) {
    if (root.members === null) {
      const message = "a bundle file is a mapping: start it with a key such as categories:";
      faults.add(root.source, root.start, "WRONG_TYPE", message);
      continue;
    }
    for (const [key, member] of root.members) addKey(merged, key, member, faults);
  }
  const first = roots[0];
  return first === undefined ? null : objectOf(first, merged);
}

function addKey(into: Map<string, Member>, key: string, member: Member, faults: FaultList): void {
  const spread = SPREAD.get(key);
  const { source } = member.value;
  if (spread === undefined) {
    const known = [...SPREAD.keys()].join(", ");
    faults.add(
      source,
      member.keyStart,
      "UNKNOWN_KEY",
      `remove the key ${quoted(key)}: known are ${known}`,
    );
    return;
  }
  const earlier = into.get(key);
  if (earlier === undefined) into.set(key, member);
  else if (spread === "once") repeated(key, earlier, member, faults);
  else into.set(key, { ...earlier, value: unite(earlier.value, member.value, faults) });
}

function unite(earlier: Located, later: Located, faults: FaultList): Located {
  if (earlier.members === null || later.members === null) {
    const wrong = later.members === null ? later : earlier;
    faults.add(wrong.source, wrong.start, "WRONG_TYPE", "write a mapping here");
    return earlier.members === null ? later : earlier;
  }
  const members = new Map(earlier.members);
  for (const [name, member] of later.members) {
    const before = members.get(name);
    if (before === undefined) members.set(name, member);
    else repeated(name, before, member, faults);
  }
  return objectOf(earlier, members);
}

function repeated(key: string, earlier: Member, later: Member, faults: FaultList): void {
  const { source } = earlier.value;
  const message = `${quoted(key)} already stands in ${source.path}: write it in one file only`;
  faults.add(later.value.source, later.keyStart, "DUPLICATE_KEY", message);
}

function objectOf(place: Located, members: ReadonlyMap<string, Member>): Located {
  const values = [...members.values()].map((member) => member.value.json);
  return { ...place, json: new JsonObject([...members.keys()], values), members, items: null };
}
