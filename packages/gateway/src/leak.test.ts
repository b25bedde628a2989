import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FAILURES, REFUSALS } from "@writ/contract/reason";
import type { Adapter } from "@writ/enforce/adapter";
import type { RejectionCode } from "../../bucket/src/append/ending.ts";
import { encodeRejected } from "../../bucket/src/append/messages.ts";
import {
  ENGINE,
  enforceAt,
  obligingBucket,
  temporaryFolder,
} from "../../enforce/src/enforce.test-support.ts";
import type { EnforcementOptions } from "../../enforce/src/enforcement.ts";
import { exchange, HELLO, listen, request, serve } from "./gateway.test-support.ts";

type Engine = EnforcementOptions["engine"];

const VERBS = ["enforce", "execute"] as const;

function ask(verb: string, body: string, type = "application/json"): string {
  const headers = [`content-type: ${type}`, `content-length: ${Buffer.byteLength(body)}`];
  return request(`POST /v1/${verb} HTTP/1.1`, headers, body);
}

/**
 * An answer byte for byte, but for the date and the two ids, each as long as it was. The epoch rises
 * while a gateway looks for its Bucket.
 */
function masked(response: string): string {
  return response
    .replace(/\r\ndate: [^\r]+/i, "")
    .replace(/"trace_id":"[0-9a-f]{64}"/, '"trace_id":T')
    .replace(/"enforcement_decision_id":"[0-9a-f]{16}\.\d\.1"/, '"enforcement_decision_id":D');
}

const BLOCK = [
  "HTTP/1.1 200 OK",
  "content-type: application/json; charset=utf-8",
  "content-length: 165",
  "Connection: close",
  "",
  '{"decision":"BLOCK","trace_id":T,"enforcement_decision_id":D,"status":"failed"}',
].join("\r\n");

/** An engine that blocks everything for one reason, with more to tell than any answer may. */
function blockingFor(reason: string, failed: boolean): Engine {
  return {
    ...ENGINE,
    version: ENGINE.version,
    questionOn: () => null,
    decide: (received) => ({
      ...ENGINE.decide(received),
      outcome: "BLOCK",
      reason_code: reason,
      rewrite_class: null,
      evaluators: [["an_evaluator", "BLOCK", reason]],
      failed,
    }),
  };
}

/** Bodies that each fail for a reason of their own, by the real engine. */
const BODIES: Readonly<Record<string, string>> = {
  "a policy": '{"category":"say","input":{"text":"secret"}}',
  "a malformed body": "{",
  "a large malformed body": "x".repeat(1 << 20),
  "an empty body": "",
  "an unknown category": '{"category":"other","input":{"text":"hello"}}',
  "a missing mandatory input": '{"category":"say","input":{}}',
  "a shape violation": '{"category":"say","input":{"text":"hello","more":1}}',
  "a transient value": '{"category":"say","input":{"text":"2026-11-21T20:45:10Z"}}',
  "a caller that policy refuses": '{"category":"give","input":{"text":"hello"}}',
};

async function rejecting(t: TestContext, code: RejectionCode): Promise<string> {
  return obligingBucket(t, (socket, { batch }) => socket.write(encodeRejected(batch, code)));
}

for (const verb of VERBS) {
  test(`contract §5: on ${verb} every BLOCK is one answer, whatever the body`, async (t) => {
    for (const [cause, body] of Object.entries(BODIES)) {
      const { port } = await serve(t);
      assert.equal(masked(await exchange(port, ask(verb, body))), BLOCK, cause);
    }
  });

  test(`contract §5: on ${verb} every BLOCK is one answer, whatever the reason`, async (t) => {
    const reasons = [...REFUSALS, ...FAILURES, "SECRET", "STRANGER", "A".repeat(64)];
    for (const reason of reasons) {
      const engine = blockingFor(
        reason,
        FAILURES.some((failure) => failure === reason),
      );
      const { port } = await serve(t, {}, { engine });
      assert.equal(masked(await exchange(port, ask(verb, HELLO))), BLOCK, reason);
    }
  });

  test(`contract §5: on ${verb} so is the BLOCK of what could not be recorded`, async (t) => {
    const buckets: Readonly<Record<string, string>> = {
      QUOTA_EXCEEDED: await rejecting(t, "QUOTA_EXCEEDED"),
      SCHEMA_REJECTED: await rejecting(t, "SCHEMA_REJECTED"),
      GOVERNANCE_DENIED: await rejecting(t, "GOVERNANCE_DENIED"),
      "a lost connection": await obligingBucket(t, (socket) => socket.destroy()),
      "no Bucket": `${temporaryFolder()}/none`,
    };
    for (const [cause, socketPath] of Object.entries(buckets)) {
      const { enforcement } = await enforceAt(t, socketPath);
      const { port } = await listen(t, enforcement);
      assert.equal(masked(await exchange(port, ask(verb, HELLO))), BLOCK, cause);
    }
  });
}

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

const ADAPTERS: Readonly<Record<string, Adapter["run"] | undefined>> = {
  "no adapter": undefined,
  "an adapter that throws": () => Promise.reject(new Error("a secret of ours")),
  "an adapter that is late": () => sleep(500),
  "a result that is too large": async () => "x".repeat(1_000),
  "a result that is no JSON": async () => cycle,
  "no result": async () => undefined,
};

test("contract §5: so is the BLOCK of what was not done", async (t) => {
  for (const [cause, run] of Object.entries(ADAPTERS)) {
    const adapters =
      run === undefined
        ? undefined
        : new Map([["say", { name: "desk", deadlineMs: 50, maxResultBytes: 100, run }]]);
    const { port } = await serve(t, {}, adapters === undefined ? {} : { adapters });
    assert.equal(masked(await exchange(port, ask("execute", HELLO))), BLOCK, cause);
  }
});

test("contract §5: a batch tells no more: each cause is the same line", async (t) => {
  for (const verb of VERBS) {
    const { port } = await serve(t);
    const bodies = Object.values(BODIES);
    const text = await exchange(port, ask(verb, bodies.join("\n"), "application/x-ndjson"));
    const lines = text.match(/\{"decision.*?\}/g) ?? [];
    const shapes = new Set(lines.map((line) => line.replace(/"[0-9a-f]{64}"|\.1\.\d"/g, "")));
    assert.deepEqual([lines.length, shapes.size], [bodies.length, 1]);
  }
});

test("what an adapter returned is released once it is recorded", async (t) => {
  const run = async (): Promise<unknown> => ({ sent: "grüße", "10": 1, "9": 2 });
  const adapter: Adapter = { name: "desk", deadlineMs: 500, maxResultBytes: 100, run };
  const { port, log } = await serve(t, {}, { adapters: new Map([["say", adapter]]) });
  const text = await exchange(port, ask("execute", HELLO));
  const body = Buffer.from(text.slice(text.indexOf("\r\n\r\n") + 4), "latin1").toString();
  const { decision, status, result } = JSON.parse(body);
  assert.deepEqual(
    [decision, status, result],
    ["EXECUTE", "success", { sent: "grüße", "10": 1, "9": 2 }],
  );
  const [entry] = log.entries;
  assert.equal(JSON.parse(Buffer.from(entry ?? []).toString()).adapter_name, "desk");
});
