import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openEnvelope, type Received } from "@writ/contract/envelope";
import type { Event } from "@writ/contract/event";
import { ALICE, constitutionWith } from "../../bucket/src/append/bucket.test-support.ts";
import { type Action, type Adapter, AdapterRefused } from "./adapter.ts";
import { AttemptSpent } from "./attempt.ts";
import type { AttemptReport } from "./attempt-report.ts";
import {
  enforceAt,
  eventsOf,
  openRealBucket,
  type RealBucket,
  say,
  temporaryFolder,
  type Watched,
} from "./enforce.test-support.ts";

interface Desk extends Watched {
  readonly bucket: RealBucket;
  readonly ran: readonly Action[];
  readonly reports: readonly AttemptReport[];
}

type Run = Adapter["run"];

const BLOCKED = { decision: "BLOCK", status: "failed" } as const;

interface DeskOptions {
  readonly bucket?: RealBucket | undefined;
  /** Long, but where a test is of the deadline: a busy machine makes nobody late. */
  readonly deadlineMs?: number | undefined;
}

/** Enforcement whose category `say` is carried out by `run`, under 100 bytes. */
async function deskWith(
  t: TestContext,
  run: Run,
  { bucket, deadlineMs = 15_000 }: DeskOptions = {},
): Promise<Desk> {
  const ran: Action[] = [];
  const reports: AttemptReport[] = [];
  const adapter: Adapter = {
    name: "desk",
    deadlineMs,
    maxResultBytes: 100,
    run(action, signal) {
      ran.push(action);
      return run(action, signal);
    },
  };
  const open = bucket ?? (await openRealBucket(t));
  const watched = await enforceAt(t, open.socketPath, {
    adapters: new Map([["say", adapter]]),
    onAttempt: (report) => reports.push(report),
  });
  return { ...watched, bucket: open, ran, reports };
}

function shapeOf(answer: object): object {
  const { trace_id, enforcement_decision_id, ...rest } = answer as Record<string, unknown>;
  assert.match(String(trace_id), /^[0-9a-f]{64}$/);
  assert.match(String(enforcement_decision_id), /^[0-9a-f]{16}\.1\.\d+$/);
  return rest;
}

interface Outcome {
  readonly received?: Received;
  readonly run: Run;
  readonly deadlineMs?: number;
  readonly answer: object;
  readonly ran: boolean;
  readonly record: Pick<Event, "decision" | "reason_code" | "adapter_name" | "status">;
  readonly failure?: string;
}

const DONE = {
  decision: "ALLOW",
  reason_code: "ALLOWED",
  adapter_name: "desk",
  status: "success",
} as const;
const FAILED = { ...DONE, status: "failed" } as const;
const unused: Run = () => Promise.reject(new Error("nothing may run"));
const cycle: Record<string, unknown> = {};
cycle.self = cycle;

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  "what was allowed is done, recorded, and its result released": {
    run: async () => ({ sent: true }),
    answer: { decision: "EXECUTE", status: "success", result: { sent: true } },
    ran: true,
    record: DONE,
  },
  "a result of null is a result": {
    run: async () => null,
    answer: { decision: "EXECUTE", status: "success", result: null },
    ran: true,
    record: DONE,
  },
  "REWRITE reaches no adapter": {
    received: say("loud"),
    run: unused,
    answer: { decision: "REWRITE", status: "failed", rewrite_class: "LOWER_VOICE" },
    ran: false,
    record: { decision: "REWRITE", reason_code: "LOUD", adapter_name: null, status: "success" },
  },
  "BLOCK reaches no adapter": {
    received: say("secret"),
    run: unused,
    answer: BLOCKED,
    ran: false,
    record: { decision: "BLOCK", reason_code: "SECRET", adapter_name: null, status: "success" },
  },
  "a malformed input reaches no adapter": {
    received: openEnvelope(Buffer.from('{"category":"say","input":7}')),
    run: unused,
    answer: BLOCKED,
    ran: false,
    record: {
      decision: "BLOCK",
      reason_code: "MALFORMED_INPUT",
      adapter_name: null,
      status: "failed",
    },
  },
  "an adapter that rejects has failed": {
    run: () => Promise.reject(new Error("no such desk")),
    answer: BLOCKED,
    ran: true,
    record: FAILED,
    failure: "THREW",
  },
  "an adapter that throws has failed": {
    run: () => {
      throw new Error("no such desk");
    },
    answer: BLOCKED,
    ran: true,
    record: FAILED,
    failure: "THREW",
  },
  "an adapter that is late has failed, though it ends well": {
    run: () => sleep(400, { sent: true }),
    deadlineMs: 100,
    answer: BLOCKED,
    ran: true,
    record: FAILED,
    failure: "LATE",
  },
  "a result that is no JSON has failed: nothing": {
    run: async () => undefined,
    answer: BLOCKED,
    ran: true,
    record: FAILED,
    failure: "RESULT_NOT_JSON",
  },
  "a result that is no JSON has failed: a cycle": {
    run: async () => cycle,
    answer: BLOCKED,
    ran: true,
    record: FAILED,
    failure: "RESULT_NOT_JSON",
  },
  "a result beyond its limit has failed": {
    run: async () => "x".repeat(99),
    answer: BLOCKED,
    ran: true,
    record: FAILED,
    failure: "RESULT_TOO_LARGE",
  },
};

for (const [name, outcome] of Object.entries(OUTCOMES)) {
  test(`execute: ${name}`, async (t) => {
    const desk = await deskWith(t, outcome.run, { deadlineMs: outcome.deadlineMs });
    const received = outcome.received ?? say("hello");
    const answer = await desk.enforcement.begin().execute(received, null);
    assert.deepEqual(shapeOf(answer), outcome.answer);
    assert.equal(desk.ran.length, outcome.ran ? 1 : 0);
    const events = eventsOf(desk.bucket.directory);
    assert.equal(events.length, 1);
    for (const [field, value] of Object.entries(outcome.record)) {
      assert.equal(events[0]?.[field as keyof Event], value, field);
    }
    assert.equal(desk.reports[0]?.failure?.cause, outcome.failure);
    assert.equal(desk.reports[0]?.ending, "committed");
    assert.equal(desk.enforcement.inFlight, 0);
  });
}

test("the signal aborts at the deadline, and not before", async (t) => {
  let aborted: boolean | undefined;
  const run: Run = async (_action, signal) => {
    assert.equal(signal.aborted, false);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    aborted = signal.aborted;
    return null;
  };
  const desk = await deskWith(t, run, { deadlineMs: 100 });
  const answer = await desk.enforcement.begin().execute(say("hello"), null);
  assert.deepEqual(shapeOf(answer), BLOCKED);
  assert.equal(aborted, true);
});

test("the adapter gets exactly the input that was judged, as it was received", async (t) => {
  const desk = await deskWith(t, async () => null);
  const bytes = Buffer.from('{"input":{"text":" Hello \\u0041"},"category":"say"}');
  const answer = await desk.enforcement.begin().execute(openEnvelope(bytes), "front");
  const [action] = desk.ran;
  assert.deepEqual(action?.input, { text: " Hello A" });
  assert.equal(action?.inputText, '{"text":" Hello A"}');
  assert.deepEqual(
    [action?.category, action?.actionType, action?.traceId, action?.decisionId],
    ["say", "message", answer.trace_id, answer.enforcement_decision_id],
  );
});

test("a category without an adapter is recorded as allowed and not done, and refused", async (t) => {
  const desk = await deskWith(t, unused);
  const answer = await desk.enforcement.begin().execute(say("flowers", "give"), "desk");
  assert.deepEqual(shapeOf(answer), BLOCKED);
  const [event] = eventsOf(desk.bucket.directory);
  assert.deepEqual(
    [event?.decision, event?.adapter_name, event?.status],
    ["ALLOW", null, "failed"],
  );
  assert.equal(desk.reports[0]?.failure?.cause, "NO_ADAPTER");
});

test("nothing runs that the Bucket does not admit (rules §6.1)", async (t) => {
  const bucket = await openRealBucket(t, temporaryFolder(), {
    quotas: { ...constitutionWith().quotas, events: 1 },
  });
  const desk = await deskWith(t, async () => null, { bucket });
  const first = await desk.enforcement.begin().execute(say("hello"), null);
  assert.equal(first.decision, "EXECUTE");
  const second = await desk.enforcement.begin().execute(say("hello"), null);
  assert.deepEqual(shapeOf(second), BLOCKED);
  assert.equal(desk.ran.length, 1);
  assert.deepEqual(
    [desk.reports[1]?.ending, desk.reports[1]?.rejection],
    ["rejected", "QUOTA_EXCEEDED"],
  );
  assert.equal(eventsOf(bucket.directory).length, 1);
});

test("nothing runs without a Bucket", async (t) => {
  const desk = await deskWith(t, unused);
  await desk.bucket.stop();
  const answer = await desk.enforcement.begin().execute(say("hello"), null);
  assert.deepEqual(shapeOf(answer), BLOCKED);
  assert.equal(desk.ran.length, 0);
});

test("a result is withheld if its record fails after the effect", async (t) => {
  const desk = await deskWith(t, async () => {
    // The Bucket hangs up between effect and record.
    void desk.bucket.stop();
    await sleep(20);
    return { sent: true };
  });
  const answer = await desk.enforcement.begin().execute(say("hello"), null);
  assert.deepEqual(shapeOf(answer), BLOCKED);
  assert.equal(desk.ran.length, 1);
  assert.equal(desk.reports[0]?.ending, "unknown");
  assert.equal(eventsOf(desk.bucket.directory).length, 0);
});

test("an attempt carries out or enforces once (rules §4)", async (t) => {
  const desk = await deskWith(t, async () => null);
  const attempt = desk.enforcement.begin();
  await attempt.execute(say("hello"), null);
  await assert.rejects(attempt.execute(say("hello"), null), AttemptSpent);
  await assert.rejects(attempt.enforce(say("hello"), null), AttemptSpent);
  assert.equal(desk.ran.length, 1);
  assert.equal(desk.violations.length, 2);
  assert.equal(eventsOf(desk.bucket.directory).length, 1);
  assert.equal(desk.enforcement.inFlight, 0);
});

for (const [name, change] of Object.entries({
  "a name that no record could hold": { name: "Desk 1" },
  "no deadline": { deadlineMs: Number.POSITIVE_INFINITY },
  "no limit to its result": { maxResultBytes: 0 },
})) {
  test(`an adapter is refused before anything begins: ${name}`, async (t) => {
    const adapter = { name: "desk", deadlineMs: 1, maxResultBytes: 1, run: unused, ...change };
    const opening = enforceAt(t, "/nowhere", { adapters: new Map([["say", adapter]]) });
    await assert.rejects(opening, AdapterRefused);
  });
}

test("sequence numbers of many that overlap are all recorded, in whatever order they end", async (t) => {
  const desk = await deskWith(t, (action) => sleep(Number(action.decisionId.at(-1)) * 5, null));
  const all = Array.from({ length: 40 }, () => desk.enforcement.begin().execute(say("hi"), null));
  for (const { decision } of await Promise.all(all)) assert.equal(decision, "EXECUTE");
  const ids = eventsOf(desk.bucket.directory).map((one) => one.enforcement_decision_id);
  const expected = Array.from({ length: 40 }, (_, at) => `${ALICE.name}.1.${at + 1}`);
  assert.deepEqual([...ids].sort(), [...expected].sort());
});
