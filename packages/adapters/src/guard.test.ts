import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeEvent, type Event } from "@writ/contract/event";
import { openBucket, type RecordingLog } from "../../bucket/src/append/bucket.test-support.ts";
import { enforceAt } from "../../enforce/src/enforce.test-support.ts";
import type { Enforcement, EnforcementOptions } from "../../enforce/src/enforcement.ts";
import { GuardRefused, type GuardVerdict, guard, Refused } from "./guard.ts";

interface Desk {
  readonly enforcement: Enforcement;
  readonly log: RecordingLog;
  events(): readonly Event[];
}

async function desk(t: TestContext, changes: Partial<EnforcementOptions> = {}): Promise<Desk> {
  const { socketPath, log } = await openBucket(t);
  const { enforcement } = await enforceAt(t, socketPath, changes);
  return { enforcement, log, events: () => log.entries.map((entry) => decodeEvent(entry)) };
}

interface Words {
  readonly text: string;
}

async function refusalOf(call: Promise<unknown>): Promise<Refused> {
  const error: unknown = await call.then(
    () => assert.fail("nothing may be released"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Refused, String(error));
  assert.deepEqual(JSON.parse(error.message), error.refusal);
  assert.equal(`${error}`, error.message);
  assert.equal(JSON.stringify(error), error.message);
  return error;
}

test("what the function returned is released, itself, once its record is safe", async (t) => {
  const { enforcement, log, events } = await desk(t);
  const result = new Map([["sent", true]]);
  const given: Words = { text: " Hello " };
  const ran: unknown[] = [];
  const send = guard(
    async (input: Words, signal) => {
      ran.push(input);
      assert.equal(signal.aborted, false);
      return result;
    },
    { enforcement, category: "say", name: "mouth" },
  );
  log.hold();
  let released: unknown;
  const call = send(given).then((output) => {
    released = output;
  });
  while (log.entries.length === 0) await sleep(1);
  assert.deepEqual(ran, [given]);
  assert.notEqual(ran[0], given);
  await sleep(20);
  assert.equal(released, undefined);
  log.release();
  await call;
  assert.equal(released, result);
  const [event, ...more] = events();
  assert.deepEqual(more, []);
  assert.equal(event?.decision, "ALLOW");
  assert.equal(event?.status, "success");
  assert.equal(event?.adapter_name, "mouth");
});

test("what policy refuses never runs, and every refusal has one shape", async (t) => {
  const { enforcement, events } = await desk(t);
  const say = guard((_: Words) => assert.fail("nothing may run"), {
    enforcement,
    category: "say",
  });
  const wrong = { text: 1 } as unknown as Words;
  const blocked = await refusalOf(say({ text: "secret" }));
  const violated = await refusalOf(say(wrong));
  const hosted = await refusalOf(say({ text: "hello", host: {} } as Words));
  for (const { refusal, cause } of [blocked, violated, hosted]) {
    assert.deepEqual(Object.keys(refusal), [
      "decision",
      "trace_id",
      "enforcement_decision_id",
      "status",
    ]);
    assert.equal(refusal.decision, "BLOCK");
    assert.equal(cause, undefined);
  }
  const rewritten = await refusalOf(say({ text: "loud" }));
  assert.equal(rewritten.refusal.decision, "REWRITE");
  assert.equal(rewritten.refusal.rewrite_class, "LOWER_VOICE");
  assert.deepEqual(
    events().map(({ reason_code, adapter_name }) => [reason_code, adapter_name]),
    ["SECRET", "INPUT_SHAPE_VIOLATION", "INPUT_SHAPE_VIOLATION", "LOUD"].map((code) => [
      code,
      null,
    ]),
  );
});

test("a function that throws has failed: recorded once, and its error is the operator's", async (t) => {
  const { enforcement, events } = await desk(t);
  const thrown = new Error("the account of Alice is overdrawn");
  const say = guard(
    async (_: Words) => {
      throw thrown;
    },
    { enforcement, category: "say" },
  );
  const { refusal, cause, message } = await refusalOf(say({ text: "hello" }));
  assert.equal(refusal.decision, "BLOCK");
  assert.equal(cause, thrown);
  assert.doesNotMatch(message, /Alice/);
  const [event, ...more] = events();
  assert.deepEqual(more, []);
  assert.deepEqual(
    [event?.decision, event?.status, event?.adapter_name],
    ["ALLOW", "failed", "say"],
  );
});

test("a function that throws before it returns a promise is no other", async (t) => {
  const { enforcement, events } = await desk(t);
  const say = guard((_: Words): string => assert.fail("at once"), { enforcement, category: "say" });
  const { cause } = await refusalOf(say({ text: "hello" }));
  assert.match(String(cause), /at once/);
  assert.equal(events()[0]?.status, "failed");
});

test("what comes after the deadline is never released", async (t) => {
  const { enforcement, events } = await desk(t);
  let aborted = false;
  const say = guard(
    async (_: Words, signal) => {
      signal.addEventListener("abort", () => {
        aborted = true;
      });
      await sleep(60);
      return "late";
    },
    { enforcement, category: "say", deadlineMs: 20 },
  );
  await refusalOf(say({ text: "hello" }));
  assert.equal(aborted, true);
  await sleep(60);
  assert.deepEqual(
    events().map(({ status }) => status),
    ["failed"],
  );
});

test("a result whose record failed is withheld; without a Bucket nothing runs", async (t) => {
  const { enforcement, log } = await desk(t);
  let runs = 0;
  const say = guard(
    (_: Words) => {
      runs += 1;
      if (runs === 1) log.breakDown();
      return "done";
    },
    { enforcement, category: "say" },
  );
  const { refusal } = await refusalOf(say({ text: "hello" }));
  assert.equal(refusal.decision, "BLOCK");
  assert.equal(runs, 1);
  await enforcement.close();
  await refusalOf(say({ text: "hello" }));
  assert.equal(runs, 1);
});

test("what is no JSON is no attempt, and neither is one too many", async (t) => {
  const { enforcement, events, log } = await desk(t, { maxInFlight: 1 });
  const say = guard((_: object) => "done", { enforcement, category: "say" });
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  for (const input of [{ text: Number.NaN }, { text: new Date(0) }, { text: 1n }, cycle]) {
    const { refusal, cause } = await refusalOf(say(input));
    assert.deepEqual(refusal, { decision: "BLOCK", status: "failed" });
    assert.ok(cause instanceof Error);
  }
  log.hold();
  const first = say({ text: "hello" });
  const { cause } = await refusalOf(say({ text: "hello" }));
  assert.equal((cause as { code?: string }).code, "TOO_MANY_IN_FLIGHT");
  while (log.entries.length === 0) await sleep(1);
  log.release();
  assert.equal(await first, "done");
  assert.equal(events().length, 1);
});

test("an undefined member is absent, in what is judged and in what is done", async (t) => {
  const { enforcement } = await desk(t);
  const say = guard((input: object) => Object.keys(input), { enforcement, category: "say" });
  assert.deepEqual(await say({ text: "hello", other: undefined }), ["text"]);
});

test("the policy hears the caller; facts come from the program alone", async (t) => {
  const { enforcement } = await desk(t);
  const options = { enforcement, category: "give" };
  const give = guard((_: Words) => "given", { ...options, caller: "desk" });
  assert.equal(await give({ text: "flowers" }), "given");
  await refusalOf(guard((_: Words) => "given", options)({ text: "flowers" }));
  const facts = (input: Words): object => ({ length: input.text.length });
  let host: unknown;
  const onVerdict = (_: Words, verdict: GuardVerdict): void => {
    host = verdict.host;
  };
  // The category judges no facts, and takes none.
  const told = guard((_: Words) => "given", { ...options, caller: "desk", facts, onVerdict });
  assert.equal(await told({ text: "x" }), "given");
  assert.deepEqual(host, { caller: "desk", facts: { length: 1 } });
  const wrong = await refusalOf(
    guard((_: Words) => "given", { ...options, facts: () => [] })({ text: "x" }),
  );
  assert.equal(wrong.refusal.trace_id, undefined);
});

test("onVerdict hears each attempt once, recorded and not yet released", async (t) => {
  const { enforcement, events } = await desk(t);
  const heard: [Words, GuardVerdict][] = [];
  let isReleased = false;
  const say = guard(
    ({ text }: Words) => {
      if (text === "break") throw new Error("broken");
      return text.toUpperCase();
    },
    {
      enforcement,
      category: "say",
      async onVerdict(input, verdict) {
        await sleep(5);
        assert.equal(isReleased, false);
        assert.equal(events().at(-1)?.enforcement_decision_id, verdict.enforcement_decision_id);
        heard.push([input, verdict]);
        throw new Error("a full disk");
      },
    },
  );
  const call = say({ text: "hello" }).then((output) => {
    isReleased = true;
    return output;
  });
  assert.equal(await call, "HELLO");
  isReleased = false;
  for (const text of ["secret", "loud", "break"]) await refusalOf(say({ text }));
  assert.deepEqual(
    heard.map(([{ text }, { category, decision, status }]) => [text, category, decision, status]),
    [
      ["hello", "say", "EXECUTE", "success"],
      ["secret", "say", "BLOCK", "failed"],
      ["loud", "say", "REWRITE", "failed"],
      ["break", "say", "BLOCK", "failed"],
    ],
  );
  assert.ok(heard.every(([, verdict]) => !("result" in verdict)));
  assert.deepEqual(
    heard.map(([, verdict]) => verdict.enforcement_decision_id),
    events().map((event) => event.enforcement_decision_id),
  );
});

test("options that nothing could be guarded with are refused at once", async (t) => {
  const { enforcement } = await desk(t);
  const fn = (_: Words): string => "";
  assert.throws(() => guard(fn, { enforcement, category: "Say" }), GuardRefused);
  assert.throws(() => guard(fn, { enforcement, category: "" }), GuardRefused);
  for (const wrong of [{ name: "Mouth" }, { deadlineMs: 0 }, { deadlineMs: Number.NaN }]) {
    assert.throws(() => guard(fn, { enforcement, category: "say", ...wrong }), {
      code: "ADAPTER_REFUSED",
    });
  }
});
