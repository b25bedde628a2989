import type { CedarUid } from "./cedar/module.ts";
import { plainOf } from "./cedar/value.ts";
import type { FaultList } from "./fault.ts";
import { fault, fieldsOf, itemsOf, type Keys, textOf } from "./fields.ts";
import type { Located } from "./located.ts";

/** One judge of an evaluator as its author wrote it; the rule is still text. */
export type JudgeText =
  | { readonly language: "cel"; readonly text: Located }
  | {
      readonly language: "cedar";
      readonly at: Located;
      readonly text: Located;
      readonly principal: CedarUid | null;
      readonly action: CedarUid | null;
      readonly resource: CedarUid | null;
      readonly entities: readonly unknown[];
    };

/** More would be asked for every input that their evaluator is about. */
const MAX_JUDGES = 8;

const LANGUAGES = ["cel", "cedar"];
const JUDGE: Keys = { what: "a judge", required: [], optional: LANGUAGES };
const CEDAR: Keys = {
  what: "a judge in Cedar",
  required: ["policies"],
  optional: ["principal", "action", "resource", "entities"],
};
const UID: Keys = { what: "an entity", required: ["type", "id"], optional: [] };

/**
 * The judges of an evaluator: `when`, one in CEL, or the list `judges`. Null means that `faults`
 * says why.
 */
export function readJudges(
  evaluator: Located,
  fields: ReadonlyMap<string, Located>,
  faults: FaultList,
): readonly JudgeText[] | null {
  const when = fields.get("when");
  const list = fields.get("judges");
  if (when !== undefined && list !== undefined) {
    fault(list, "JUDGES", "keep when or judges, not both: when is a single judge in CEL", faults);
    return null;
  }
  if (when !== undefined) return textOf(when, "when", faults) === null ? null : [celJudge(when)];
  if (list === undefined) {
    const message = "an evaluator needs the key when, or judges: add one";
    fault(evaluator, "MISSING_KEY", message, faults);
    return null;
  }
  const items = itemsOf(list, "judges", faults);
  if (list.items !== null && (items.length === 0 || items.length > MAX_JUDGES)) {
    fault(list, "JUDGES", `an evaluator has 1 to ${MAX_JUDGES} judges: add or remove some`, faults);
    return null;
  }
  const judges = items.map((item) => readJudge(item, faults)).filter((judge) => judge !== null);
  return judges.length === 0 || judges.length < items.length ? null : judges;
}

function celJudge(text: Located): JudgeText {
  return { language: "cel", text };
}

function readJudge(at: Located, faults: FaultList): JudgeText | null {
  const fields = fieldsOf(at, JUDGE, faults);
  if (at.members === null) return null;
  const [cel, cedar] = LANGUAGES.map((language) => fields.get(language));
  if (cel !== undefined && cedar !== undefined) {
    fault(at, "JUDGES", "a judge has one language: split this into two", faults);
    return null;
  }
  if (cel !== undefined) return textOf(cel, "cel", faults) === null ? null : celJudge(cel);
  if (cedar !== undefined) return readCedar(cedar, faults);
  fault(at, "MISSING_KEY", "a judge needs the key cel or cedar: add one", faults);
  return null;
}

function readCedar(at: Located, faults: FaultList): JudgeText | null {
  const fields = fieldsOf(at, CEDAR, faults);
  const text = fields.get("policies");
  const found = textOf(text, "policies", faults);
  const principal = readUid(fields.get("principal"), faults);
  const action = readUid(fields.get("action"), faults);
  const resource = readUid(fields.get("resource"), faults);
  const entities = itemsOf(fields.get("entities"), "entities", faults);
  if (found === null || text === undefined) return null;
  if (principal === undefined || action === undefined || resource === undefined) return null;
  const plain = entities.map((entity) => plainOf(entity.json));
  return { language: "cedar", at, text, principal, action, resource, entities: plain };
}

/** Null where none is stated, undefined where a fault was found. */
function readUid(at: Located | undefined, faults: FaultList): CedarUid | null | undefined {
  if (at === undefined) return null;
  const fields = fieldsOf(at, UID, faults);
  const type = textOf(fields.get("type"), "type", faults);
  const id = textOf(fields.get("id"), "id", faults);
  return type === null || id === null ? undefined : { type, id };
}
