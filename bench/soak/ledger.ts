import { readFileSync } from "node:fs";
import { verifyBucket } from "@writ/audit/verify";
import { diskFolder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import { decodeEvent } from "@writ/contract/event";
import type { Deployment } from "../../packages/cli/src/deployment.ts";

export interface Checked {
  readonly events: number;
  readonly released: number;
  /** Released, and not recorded as that. */
  readonly missing: readonly string[];
  readonly faults: readonly string[];
}

/** Verifies a Bucket and looks up, one by one, what was said to be permitted or done. */
export async function checkLedger(
  { bucket, vkey }: Deployment,
  released: Map<string, string>,
): Promise<Checked> {
  const report = await verifyBucket(bucket, { key: readFileSync(vkey, "utf8").trim() });
  const faults = report.faults.map((fault) => JSON.stringify(fault));
  const missing = new Map(released);
  for (const item of readLog(diskFolder(bucket))) {
    if (item.kind !== "frame") continue;
    for (const entry of item.frame.submissions.flatMap(({ entries }) => entries)) {
      const event = decodeEvent(entry);
      const verb = missing.get(event.enforcement_decision_id);
      if (verb === undefined) continue;
      const adapter = verb === "execute" ? "endpoint" : null;
      const said = [event.decision, event.status, event.adapter_name];
      if (said[0] !== "ALLOW" || said[1] !== "success" || said[2] !== adapter) {
        faults.push(`${event.enforcement_decision_id} is recorded as ${said.join(", ")}`);
      }
      missing.delete(event.enforcement_decision_id);
    }
  }
  const { events } = report;
  return { events, released: released.size, missing: [...missing.keys()], faults };
}
