import { UNRECOGNIZED } from "@writ/contract/category";
import type { FaultList } from "./fault.ts";
import { CATEGORY, fault, fieldsOf, type Keys, reasonOf, textOf, unfit } from "./fields.ts";
import type { Located, Member } from "./located.ts";
import { readTool, type Tool } from "./read-tool.ts";

/** One category as its author wrote it. */
export interface CategoryText {
  readonly name: string;
  readonly at: Located;
  readonly keyStart: number;
  readonly actionType: Located | undefined;
  readonly input: Located | undefined;
  /** The reason of a category that blocks whatever it accepts; null where evaluators decide. */
  readonly always: string | null;
  readonly tool: Tool | null;
}

const RULED: Keys = {
  what: "a category",
  required: ["action_type", "input"],
  optional: ["tool", "always"],
};
const ALWAYS: Keys = {
  what: "a category that is always BLOCK",
  required: ["action_type", "input", "always", "reason"],
  optional: ["tool"],
};

export function readCategories(
  section: Located | undefined,
  faults: FaultList,
): ReadonlyMap<string, CategoryText> {
  const categories = new Map<string, CategoryText>();
  if (section === undefined) return categories;
  for (const [name, member] of membersOf(section, "categories", faults)) {
    categories.set(name, readCategory(name, member, faults));
  }
  if (section.members?.size === 0) {
    fault(section, "MISSING_KEY", "a bundle needs a category: add one", faults);
  }
  return categories;
}

function readCategory(name: string, member: Member, faults: FaultList): CategoryText {
  const { value: at, keyStart } = member;
  if (!CATEGORY.admits(name)) {
    faults.add(at.source, keyStart, CATEGORY.code, unfit(CATEGORY));
  } else if (name === UNRECOGNIZED) {
    const message = `${UNRECOGNIZED} is the engine's own category: choose another name`;
    faults.add(at.source, keyStart, "NAME", message);
  }
  const isAlways = at.members?.has("always") === true;
  const fields = fieldsOf(at, isAlways ? ALWAYS : RULED, faults);
  const outcome = textOf(fields.get("always"), "always", faults);
  if (isAlways && outcome !== null && outcome !== "BLOCK") {
    fault(
      fields.get("always") ?? at,
      "OUTCOME",
      "always is BLOCK: write BLOCK or remove it",
      faults,
    );
  }
  return {
    name,
    at,
    keyStart,
    actionType: fields.get("action_type"),
    input: fields.get("input"),
    always: isAlways ? (reasonOf(fields.get("reason"), faults) ?? "") : null,
    tool: readTool(fields.get("tool"), faults),
  };
}

/** The members of a mapping whose keys are the author's own names. */
export function membersOf(
  section: Located,
  what: string,
  faults: FaultList,
): ReadonlyMap<string, Member> {
  if (section.members === null) fault(section, "WRONG_TYPE", `${what} is a mapping`, faults);
  return section.members ?? new Map();
}
