import { diskFolder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import { decodeEvent } from "@writ/contract/event";

/**
 * What became of these attempts and why, as an operator may see it: a table of decision × reason,
 * read from the ledger, because no answer at the gateway says a reason.
 */
export function decisionTable(bucket: string, ids: ReadonlySet<string | undefined>): string {
  const counts = new Map<string, number>();
  for (const event of events(bucket)) {
    if (!ids.has(event.enforcement_decision_id)) continue;
    const { rewrite_class: rewrite } = event.evaluator_trace;
    const reason = rewrite === null ? event.reason_code : `${event.reason_code} (${rewrite})`;
    const key = `${event.decision.padEnd(9)} ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(30, ...rows.map(([key]) => key.length));
  return [
    `${"decision  reason".padEnd(width)}  attempts`,
    ...rows.map(([key, count]) => `${key.padEnd(width)}  ${String(count).padStart(8)}`),
    `${"".padEnd(width)}  ${String(rows.reduce((sum, [, count]) => sum + count, 0)).padStart(8)}`,
  ].join("\n");
}

function* events(bucket: string): Generator<ReturnType<typeof decodeEvent>> {
  for (const item of readLog(diskFolder(bucket))) {
    if (item.kind !== "frame") continue;
    for (const { entries } of item.frame.submissions) yield* entries.map(decodeEvent);
  }
}
