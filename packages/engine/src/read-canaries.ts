import { JsonObject } from "@writ/contract/json";
import { type FaultList, quoted } from "./fault.ts";
import { fault, fieldsOf, itemsOf, type Keys } from "./fields.ts";
import type { Located } from "./located.ts";
import { type CategoryText, membersOf } from "./read-categories.ts";

/** An input with a known answer: before a bundle arms, it must give that answer. */
export interface Canary {
  readonly category: string;
  readonly expected: "BLOCK" | "EXECUTE";
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly input: JsonObject;
  /** What enforcement would add to it: the canary's own member `host`. */
  readonly host: JsonObject | undefined;
}

const CANARIES: Keys = {
  what: "the canaries of a category",
  required: ["block", "execute"],
  optional: [],
};
const LISTS = [
  { key: "block", expected: "BLOCK" },
  { key: "execute", expected: "EXECUTE" },
] as const;

export function readCanaries(
  section: Located | undefined,
  categories: ReadonlyMap<string, CategoryText>,
  faults: FaultList,
): readonly Canary[] {
  const sections = section === undefined ? new Map() : membersOf(section, "canaries", faults);
  for (const category of categories.values()) {
    if (category.always !== null || sections.has(category.name)) continue;
    const message = `the category ${category.name} needs canaries: add inputs to block and execute`;
    faults.add(category.at.source, category.keyStart, "CANARY", message);
  }
  const canaries: Canary[] = [];
  for (const [name, member] of sections) {
    const category = categories.get(name);
    const { source } = member.value;
    if (category === undefined) {
      const message = `there is no category ${quoted(name)}: remove its canaries or mend the name`;
      faults.add(source, member.keyStart, "UNKNOWN_CATEGORY", message);
    } else if (category.always !== null) {
      const message = `the category ${name} is always BLOCK: remove its canaries`;
      faults.add(source, member.keyStart, "CANARY", message);
    } else canaries.push(...canariesOf(name, member.value, faults));
  }
  return canaries;
}

function canariesOf(category: string, at: Located, faults: FaultList): readonly Canary[] {
  const fields = fieldsOf(at, CANARIES, faults);
  const canaries: Canary[] = [];
  for (const { key, expected } of LISTS) {
    const list = fields.get(key);
    if (list?.items?.length === 0) {
      fault(list, "CANARY", `${key} needs an input of which the answer is known: add one`, faults);
    }
    for (const item of itemsOf(list, key, faults)) {
      const canary = canaryOf(item, faults);
      const place = { path: item.source.path, ...item.source.place(item.start) };
      if (canary !== null) canaries.push({ category, expected, ...place, ...canary });
    }
  }
  return canaries;
}

/**
 * A canary is an input as it arrives, where `host` may not stand; what stands under that name is
 * given apart, as enforcement gives it.
 */
function canaryOf(at: Located, faults: FaultList): Pick<Canary, "input" | "host"> | null {
  if (!(at.json instanceof JsonObject)) {
    fault(at, "WRONG_TYPE", "a canary is an input: write a mapping", faults);
    return null;
  }
  const host = at.json.get("host");
  if (host === undefined) return { input: at.json, host };
  if (!(host instanceof JsonObject)) {
    fault(at, "WRONG_TYPE", "host is a mapping: caller, validators or facts", faults);
    return null;
  }
  const kept = at.json.names.flatMap((name, index) => (name === "host" ? [] : [index]));
  const { names, values } = at.json;
  const input = new JsonObject(
    kept.map((index) => names[index] ?? ""),
    kept.map((index) => values[index] ?? null),
  );
  return { input, host };
}
