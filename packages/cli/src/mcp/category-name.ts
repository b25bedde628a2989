import { isCategory, UNRECOGNIZED } from "@writ/contract/category";

const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const MAX = 64;

/** A category named like the tool, in the grammar of categories, which has neither case nor digits. */
export function categoryName(tool: string): string {
  const words = tool
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[0-9]/g, (digit) => `_${DIGITS[Number(digit)] ?? ""}_`)
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
  const name = words.join("_").slice(0, MAX);
  return isCategory(name) && name !== UNRECOGNIZED ? name : `tool_${name}`.slice(0, MAX);
}

/** A category for each tool, in order; where two would have one name, the later gets a suffix. */
export function categoryNames(tools: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const tool of tools) {
    const plain = categoryName(tool);
    let name = plain;
    for (let copy = 2; taken.has(name); copy += 1) {
      const suffix = `_${[...String(copy)].map((digit) => DIGITS[Number(digit)]).join("_")}`;
      name = plain.slice(0, MAX - suffix.length) + suffix;
    }
    taken.add(name);
    names.set(tool, name);
  }
  return names;
}
