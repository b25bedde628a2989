import { createHash } from "node:crypto";
import type { Received } from "@writ/contract/envelope";
import { canonicalJson } from "@writ/contract/jcs";
import { genericForm } from "@writ/contract/normal-form";
import type { Engine } from "@writ/engine/engine";

/**
 * How one input got its trace_id, step by step (contract §1.4), for an operator. It says what a
 * refusal's code is, so it is nothing for the agent.
 */
export function explainTrace(engine: Engine, received: Received, bytes: Uint8Array): string {
  const digest = createHash("sha256").update(bytes).digest("hex");
  const { normal_form, enforcement_category, engine_version, trace_id } = engine.identify(received);
  const rows: [string, string][] = [
    ["received", `${bytes.length} bytes, SHA-256 ${digest}`],
    ...stepRows(received),
    ["steps 3 to 5", shapeRow(engine, received)],
    ["normal form", normal_form],
    ["category", enforcement_category],
    ["engine version", engine_version],
    ["trace_id", `${trace_id} = SHA-256 of the three above, one after the other`],
  ];
  return `${rows.map(([step, text]) => `${step.padEnd(15)} ${text}`).join("\n")}\n`;
}

function stepRows(received: Received): [string, string][] {
  if ("refusedDigest" in received) {
    const why = "not a strict JSON object within the limits: identified by its bytes";
    return [["step 1", `${why}, SHA-256 ${received.refusedDigest}`]];
  }
  return [
    [
      "step 1",
      `strict JSON, keys sorted, numbers in shortest form: ${canonicalJson(received.input)}`,
    ],
    ["step 2", `string values trimmed and lower-cased: ${genericForm(received.input)}`],
  ];
}

function shapeRow(engine: Engine, received: Received): string {
  const { reason_code, action_type } = engine.decide(received);
  return action_type === "unrecognized" && reason_code !== "INTERNAL_ERROR"
    ? `refused as ${reason_code}: the form is that of what was received, marked as refused`
    : "accepted by the category's shape: unordered arrays sorted, absent members null, nothing transient";
}
