import type { CedarModule } from "./cedar/module.ts";
import { type FaultList, quoted } from "./fault.ts";
import { fault, fieldsOf, type Keys, textOf } from "./fields.ts";
import type { Located } from "./located.ts";
import type { EvaluatorText } from "./read-constraints.ts";

const CEDAR: Keys = { what: "cedar", required: ["sha256"], optional: [] };

/**
 * The Cedar that judges in it run on: the one at hand, if it is the very code that the bundle
 * names. Null means that there is no such judge, or that `faults` says why none can run.
 */
export function readCedarModule(
  section: Located | undefined,
  evaluators: readonly EvaluatorText[],
  atHand: CedarModule | undefined,
  faults: FaultList,
): CedarModule | null {
  const judges = evaluators.flatMap((each) => each.judges);
  const judge = judges.find((each) => each.language === "cedar");
  if (section === undefined) {
    const message = "name Cedar's code: add cedar: { sha256: … } at the top of a file";
    if (judge !== undefined) fault(judge.at, "CEDAR_MODULE", message, faults);
    return null;
  }
  const at = fieldsOf(section, CEDAR, faults).get("sha256");
  const sha256 = textOf(at, "sha256", faults);
  if (at === undefined || sha256 === null) return null;
  if (judge === undefined) {
    // An evaluator that is at fault is not here, and may have had one.
    const unused = "no judge is in Cedar: remove this";
    if (faults.empty) fault(section, "CEDAR_MODULE", unused, faults);
    return null;
  }
  if (atHand === undefined) {
    fault(section, "CEDAR_MODULE", "there is no Cedar here: use judges in CEL alone", faults);
    return null;
  }
  if (sha256 === atHand.sha256) return atHand;
  const message = `the Cedar at hand is ${atHand.sha256}: name that, or install ${quoted(sha256)}`;
  fault(at, "CEDAR_MODULE", message, faults);
  return null;
}
