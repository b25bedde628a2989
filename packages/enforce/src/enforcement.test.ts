import assert from "node:assert/strict";
import { test } from "node:test";
import { openEnvelope, type Received } from "@writ/contract/envelope";
import type { Event } from "@writ/contract/event";
import type { Engine } from "@writ/engine/engine";
import type { Verdict } from "@writ/engine/verdict";
import fc from "fast-check";
import { ALICE, openBucket } from "../../bucket/src/append/bucket.test-support.ts";
import type { Answer } from "./answer.ts";
import {
  ENGINE,
  enforceAt,
  epochFileIn,
  eventsOf,
  NOW,
  openRealBucket,
  say,
  temporaryFolder,
  until,
} from "./enforce.test-support.ts";
import { AttemptSpent, type Enforcement, TooManyInFlight } from "./enforcement.ts";

const ID = `${ALICE.name}.1.1`;

interface Case {
  readonly received: Received;
  readonly caller?: string;
  readonly answer: Omit<Answer, "trace_id" | "enforcement_decision_id">;
  readonly record: Pick<Event, "action_type" | "decision" | "reason_code" | "status">;
  readonly trace?: Partial<Event["evaluator_trace"]>;
}

const BLOCKED = { decision: "BLOCK", status: "failed" } as const;
const FAILED = { action_type: "unrecognized", decision: "BLOCK", status: "failed" } as const;

const STRANGER = {
  action_type: "gift",
  decision: "BLOCK",
  reason_code: "STRANGER",
  status: "success",
} as const;

/** What is told upstream and what is recorded, for each way an attempt may be decided. */
const CASES: Readonly<Record<string, Case>> = {
  "EXECUTE is recorded as ALLOW": {
    received: say("hello"),
    answer: { decision: "EXECUTE", status: "success" },
    record: {
      decision: "ALLOW",
      reason_code: "ALLOWED",
      action_type: "message",
      status: "success",
    },
    trace: {
      evaluators: [
        ["says_secret", "EXECUTE", null],
        ["is_loud", "EXECUTE", null],
      ],
    },
  },
  "REWRITE releases nothing but how to try again": {
    received: say("LOUD "),
    answer: { decision: "REWRITE", status: "failed", rewrite_class: "LOWER_VOICE" },
    record: {
      decision: "REWRITE",
      reason_code: "LOUD",
      action_type: "message",
      status: "success",
    },
    trace: {
      rewrite_class: "LOWER_VOICE",
      evaluators: [
        ["says_secret", "EXECUTE", null],
        ["is_loud", "REWRITE", "LOUD"],
      ],
    },
  },
  "BLOCK by a policy is recorded with its reason, and the record is no failure": {
    received: say("secret"),
    answer: BLOCKED,
    record: {
      decision: "BLOCK",
      reason_code: "SECRET",
      action_type: "message",
      status: "success",
    },
    trace: {
      evaluators: [
        ["says_secret", "BLOCK", "SECRET"],
        ["is_loud", "EXECUTE", null],
      ],
    },
  },
  "a missing mandatory input (contract §4)": {
    received: openEnvelope(Buffer.from('{"category":"say","input":{}}')),
    answer: BLOCKED,
    record: { ...FAILED, reason_code: "MISSING_MANDATORY_INPUT" },
  },
  "an unknown category": {
    received: say("hello", "shout"),
    answer: BLOCKED,
    record: { ...FAILED, reason_code: "UNKNOWN_CATEGORY" },
  },
  "bytes that are no object": {
    received: openEnvelope(Buffer.from("hello")),
    answer: BLOCKED,
    record: { ...FAILED, reason_code: "MALFORMED_INPUT" },
  },
  "an input that brings its own host": {
    received: openEnvelope(
      Buffer.from('{"category":"give","input":{"text":"a","host":{"caller":"desk"}}}'),
    ),
    answer: BLOCKED,
    record: { ...FAILED, reason_code: "INPUT_SHAPE_VIOLATION" },
  },
  "a caller that authentication named": {
    received: say("flowers", "give"),
    caller: "desk",
    answer: { decision: "EXECUTE", status: "success" },
    record: {
      decision: "ALLOW",
      reason_code: "ALLOWED",
      action_type: "gift",
      status: "success",
    },
    trace: { caller: "desk", evaluators: [["is_stranger", "EXECUTE", null]] },
  },
  "another caller": {
    received: say("flowers", "give"),
    caller: "agent",
    answer: BLOCKED,
    record: STRANGER,
    trace: { caller: "agent", evaluators: [["is_stranger", "BLOCK", "STRANGER"]] },
  },
  "no caller": {
    received: say("flowers", "give"),
    answer: BLOCKED,
    record: STRANGER,
    trace: { caller: null, evaluators: [["is_stranger", "BLOCK", "STRANGER"]] },
  },
};

for (const [name, { received, caller = null, answer, record, trace }] of Object.entries(CASES)) {
  test(`rules §3: ${name}`, async (t) => {
    const bucket = await openRealBucket(t);
    const { enforcement } = await enforceAt(t, bucket.socketPath);
    const given = await enforcement.begin().enforce(received, caller);
    await bucket.stop();
    const { trace_id, ...told } = given;
    assert.deepEqual(told, { ...answer, enforcement_decision_id: ID });
    const [event, ...more] = eventsOf(bucket.directory);
    assert.deepEqual(more, []);
    assert.deepEqual(event, {
      ...record,
      trace_id,
      enforcement_decision_id: ID,
      evaluator_trace: {
        engine_version: ENGINE.version,
        caller,
        rewrite_class: null,
        validators: {},
        evaluators: [],
        ...trace,
      },
      timestamp: NOW,
      adapter_name: null,
    });
  });
}

test("contract §5: an answer has the same members, in the same order, for every BLOCK", async (t) => {
  const { socketPath } = await openBucket(t);
  const { enforcement } = await enforceAt(t, socketPath);
  const members = ["decision", "trace_id", "enforcement_decision_id", "status"];
  for (const { received, caller = null, answer } of Object.values(CASES)) {
    const given = await enforcement.begin().enforce(received, caller);
    const expected = answer.decision === "REWRITE" ? [...members, "rewrite_class"] : members;
    assert.deepEqual(Object.keys(given), expected);
  }
});

test("no record holds anything of the input (design §5)", async (t) => {
  const { log, socketPath } = await openBucket(t);
  const { enforcement } = await enforceAt(t, socketPath);
  const needle = "a-needle-in-the-hay";
  for (const received of [
    say(needle),
    say(needle, "unknown"),
    openEnvelope(Buffer.from(`{"category":"${needle}","input":{"text":"${needle}"}}`)),
    openEnvelope(Buffer.from(`{"category":"say","input":{"${needle}":1,"text":2}}`)),
    openEnvelope(Buffer.from(needle)),
  ]) {
    await enforcement.begin().enforce(received, null);
  }
  assert.equal(log.size, 5);
  for (const entry of log.entries) assert.ok(!Buffer.from(entry).toString().includes("needle"));
});

test("rules §8: the same input again is a new decision and a new record of the same trace", async (t) => {
  const bucket = await openRealBucket(t);
  const { enforcement } = await enforceAt(t, bucket.socketPath);
  const answers = [];
  for (let time = 0; time < 3; time += 1) {
    answers.push(await enforcement.begin().enforce(say("hello"), null));
  }
  await bucket.stop();
  const events = eventsOf(bucket.directory);
  assert.equal(new Set(answers.map((answer) => answer.trace_id)).size, 1);
  assert.deepEqual(
    events.map((event) => event.enforcement_decision_id),
    [1, 2, 3].map((sequence) => `${ALICE.name}.1.${sequence}`),
  );
  assert.deepEqual(new Set(events.map((event) => event.trace_id)), new Set([answers[0]?.trace_id]));
});

test("rules §4: an attempt used again, before or after its end, is told and writes nothing", async (t) => {
  const { log, socketPath } = await openBucket(t);
  const { enforcement, violations } = await enforceAt(t, socketPath);
  const attempt = enforcement.begin();
  log.hold();
  const first = attempt.enforce(say("hello"), null);
  await assert.rejects(attempt.enforce(say("hello"), null), AttemptSpent);
  await until(() => log.size === 1);
  await assert.rejects(attempt.enforce(say("secret"), null), AttemptSpent);
  log.release();
  assert.equal((await first).decision, "EXECUTE");
  await assert.rejects(attempt.enforce(say("hello"), null), { code: "ATTEMPT_SPENT" });
  // A further attempt is committed after anything that the three might have sent.
  await enforcement.begin().enforce(say("hello"), null);
  assert.equal(log.size, 2);
  assert.equal(violations.length, 3);
  for (const violation of violations) assert.match(violation, new RegExp(`${ALICE.name}\\.1\\.1 `));
  assert.equal(enforcement.inFlight, 0);
});

test("what exceeds the room is refused before an attempt begins, and takes no number", async (t) => {
  const { log, socketPath } = await openBucket(t);
  const { enforcement } = await enforceAt(t, socketPath, { maxInFlight: 3 });
  log.hold();
  const attempts = [enforcement.begin(), enforcement.begin(), enforcement.begin()];
  for (let time = 0; time < 5; time += 1) {
    assert.throws(() => enforcement.begin(), TooManyInFlight);
  }
  const answers = attempts.map((attempt) => attempt.enforce(say("hello"), null));
  assert.throws(() => enforcement.begin(), { code: "TOO_MANY_IN_FLIGHT" });
  assert.equal(enforcement.inFlight, 3);
  log.release();
  await Promise.all(answers);
  assert.equal(enforcement.inFlight, 0);
  assert.equal(enforcement.begin().decisionId, `${ALICE.name}.1.4`);
});

test("design §3: numbers run from 1 by one in the order of beginning, whoever ends first", async (t) => {
  const { socketPath } = await openBucket(t);
  const epochFile = epochFileIn(temporaryFolder());
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 24 }), async (order) => {
      const { enforcement } = await enforceAt(t, socketPath, { epochFile });
      const attempts = order.map((rank) => ({ rank, attempt: enforcement.begin() }));
      assert.deepEqual(
        attempts.map(({ attempt }) => attempt.decisionId),
        order.map((_, at) => `${ALICE.name}.${enforcement.epoch}.${at + 1}`),
      );
      for (const { attempt } of attempts.toSorted((a, b) => a.rank - b.rank)) {
        const answer = await attempt.enforce(say("hello"), null);
        assert.deepEqual(
          [answer.enforcement_decision_id, answer.decision],
          [attempt.decisionId, "EXECUTE"],
        );
      }
      await enforcement.close();
    }),
    { numRuns: 15 },
  );
});

test("rules §4: an attempt that ends before its write has no record, only a hole", async (t) => {
  const bucket = await openRealBucket(t);
  const { enforcement } = await enforceAt(t, bucket.socketPath);
  await enforcement.begin().enforce(say("hello"), null);
  const abandoned = enforcement.begin().decisionId;
  await enforcement.begin().enforce(say("hello"), null);
  await bucket.stop();
  const ids = eventsOf(bucket.directory).map((event) => event.enforcement_decision_id);
  assert.equal(abandoned, `${ALICE.name}.1.2`);
  assert.deepEqual(ids, [`${ALICE.name}.1.1`, `${ALICE.name}.1.3`]);
});

/** An engine with a fault in it: its verdicts are bent after the policy has spoken. */
function bent(change: object): Engine {
  return {
    ...ENGINE,
    version: ENGINE.version,
    bundleDigest: ENGINE.bundleDigest,
    identify: (received, host) => ENGINE.identify(received, host),
    decide: (received, host) => ({ ...ENGINE.decide(received, host), ...change }) as Verdict,
  };
}

async function assertUnwritten(
  enforcement: Enforcement,
  size: () => number,
  caller: string | null = null,
): Promise<void> {
  const { trace_id, ...answer } = await enforcement.begin().enforce(say("hello"), caller);
  assert.match(trace_id, /^[0-9a-f]{64}$/);
  assert.deepEqual(answer, { ...BLOCKED, enforcement_decision_id: ID });
  assert.equal(size(), 0);
  assert.equal(enforcement.inFlight, 0);
}

const UNFIT: Readonly<Record<string, object>> = {
  "an event beyond 65,535 bytes": {
    evaluators: Array.from({ length: 2000 }, (_, at) => [`n${at}`.padEnd(60, "n"), "BLOCK", "R"]),
  },
  "a name beyond 64 bytes": { action_type: "a".repeat(65) },
  "a reason that is none": { reason_code: "because" },
  "a lone surrogate": { action_type: "\ud800" },
  "a version that is none": { engine_version: "latest" },
};

for (const [name, change] of Object.entries(UNFIT)) {
  test(`contract §4: ${name} cannot be recorded, so the attempt is BLOCK`, async (t) => {
    const { log, socketPath } = await openBucket(t);
    const { enforcement } = await enforceAt(t, socketPath, { engine: bent(change) });
    await assertUnwritten(enforcement, () => log.size);
  });
}

test("contract §4: a caller's name that no event holds is BLOCK", async (t) => {
  for (const caller of ["", "c".repeat(65), "é".repeat(33), "\udfff"]) {
    const { log, socketPath } = await openBucket(t);
    const { enforcement } = await enforceAt(t, socketPath);
    await assertUnwritten(enforcement, () => log.size, caller);
  }
});

test("contract §4: a clock that fails, or tells no time, is BLOCK", async (t) => {
  const clocks = [
    () => {
      throw new Error("no time");
    },
    () => "",
    () => "2026-11-21 20:45:10",
    () => "2026-11-21T20:45:10.123+01:00",
    () => "2026-02-29T20:45:10.123Z",
    () => new Date(8.64e15).toISOString(),
  ];
  for (const now of clocks) {
    const { log, socketPath } = await openBucket(t);
    const { enforcement } = await enforceAt(t, socketPath, { now });
    await assertUnwritten(enforcement, () => log.size);
  }
});

test("contract §3: a word that is no outcome leaves as BLOCK and is recorded as BLOCK", async (t) => {
  for (const outcome of ["ALLOW", "execute", "MAYBE", "", null, undefined, true]) {
    const { log, socketPath } = await openBucket(t);
    const { enforcement } = await enforceAt(t, socketPath, { engine: bent({ outcome }) });
    const { decision, status } = await enforcement.begin().enforce(say("hello"), null);
    assert.deepEqual({ decision, status }, BLOCKED, String(outcome));
    const recorded = log.entries.map((entry) => JSON.parse(Buffer.from(entry).toString()).decision);
    assert.deepEqual(recorded, ["BLOCK"]);
  }
});

test("contract §5: only REWRITE says a rewrite_class", async (t) => {
  const { socketPath } = await openBucket(t);
  const engine = bent({ rewrite_class: "LOWER_VOICE" });
  const { enforcement } = await enforceAt(t, socketPath, { engine });
  for (const [text, expected] of [
    ["hello", undefined],
    ["loud", "LOWER_VOICE"],
    ["secret", undefined],
  ] as const) {
    const answer = await enforcement.begin().enforce(say(text), null);
    assert.equal(answer.rewrite_class, expected);
  }
});

test("an engine that breaks its promise releases nothing and keeps no room", async (t) => {
  const { log, socketPath } = await openBucket(t);
  const decide = (): Verdict => {
    throw new Error("a bug");
  };
  const { enforcement } = await enforceAt(t, socketPath, { engine: { ...bent({}), decide } });
  for (let time = 0; time < 3; time += 1) {
    await assert.rejects(enforcement.begin().enforce(say("hello"), null), /a bug/);
  }
  assert.deepEqual([log.size, enforcement.inFlight], [0, 0]);
});
