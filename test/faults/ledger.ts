import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { verifyBucket } from "@writ/audit/verify";
import { diskFolder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import { decodeEvent, encodeEvent } from "@writ/contract/event";
import type { Deployment } from "../../packages/cli/src/deployment.ts";

/** An event like any other, of this attempt. */
export function eventOf(decisionId: string): Uint8Array {
  return encodeEvent({
    trace_id: "0".repeat(64),
    enforcement_decision_id: decisionId,
    action_type: "think",
    decision: "ALLOW",
    reason_code: "ALLOWED",
    evaluator_trace: {
      engine_version: `3.0.0+${"0".repeat(64)}`,
      caller: null,
      rewrite_class: null,
      validators: {},
      evaluators: [],
    },
    timestamp: "2026-01-01T00:00:00.000Z",
    adapter_name: null,
    status: "success",
  });
}

/** Decision ids in the log, in order, read by the reader's own code; any damage fails. */
export function loggedIds({ bucket }: Deployment): string[] {
  const ids: string[] = [];
  for (const item of readLog(diskFolder(bucket))) {
    assert.notEqual(item.kind, "damage", JSON.stringify(item));
    if (item.kind !== "frame") continue;
    for (const entry of item.frame.submissions.flatMap(({ entries }) => entries)) {
      ids.push(decodeEvent(entry).enforcement_decision_id);
    }
  }
  return ids;
}

/** What was asked of a Bucket, and what it promised. */
export interface Promises {
  readonly attempted: ReadonlySet<string>;
  readonly acknowledged: ReadonlySet<string>;
}

/** How far a log departs from what its Bucket promised. */
export interface Departures {
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly doubled: readonly string[];
  /** There, and never asked for. */
  readonly foreign: readonly string[];
  /** There, not acknowledged: their end was unknown. */
  readonly unknown: number;
}

export function departures(ids: readonly string[], promises: Promises): Departures {
  const found = new Set<string>();
  const doubled = new Set<string>();
  for (const id of ids) (found.has(id) ? doubled : found).add(id);
  return {
    lost: [...promises.acknowledged].filter((id) => !found.has(id)),
    doubled: [...doubled],
    foreign: [...found].filter((id) => !promises.attempted.has(id)),
    unknown: [...found].filter((id) => !promises.acknowledged.has(id)).length,
  };
}

/** Fails unless nothing is lost, doubled or foreign and the whole ledger verifies under its key. */
export async function requireKept(deployment: Deployment, promises: Promises): Promise<Departures> {
  const ids = loggedIds(deployment);
  const { lost, doubled, foreign, unknown } = departures(ids, promises);
  assert.deepEqual({ lost, doubled, foreign }, { lost: [], doubled: [], foreign: [] });
  const key = readFileSync(deployment.vkey, "utf8").trim();
  const report = await verifyBucket(deployment.bucket, { key });
  assert.ok(report.ok, JSON.stringify(report.faults.slice(0, 3)));
  assert.equal(report.events, ids.length);
  return { lost, doubled, foreign, unknown };
}
