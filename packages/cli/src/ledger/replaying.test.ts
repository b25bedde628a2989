import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ledger } from "@writ/audit/ledger";
import type { LogEvent } from "@writ/audit/ledger/source";
import { openEnvelope } from "@writ/contract/envelope";
import type { Event } from "@writ/contract/event";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { recorded } from "@writ/contract/outcome";
import { loadBundle } from "@writ/engine/bundle";
import { arm, type Engine } from "@writ/engine/engine";
import { hostIn, Replay } from "./replaying.ts";

const POLICY = `writ: 1
name: callers
categories:
  mail:
    action_type: mail
    input:
      type: object
      additionalProperties: false
      properties:
        to: { type: string }
        host:
          type: object
          additionalProperties: false
          properties: { caller: { type: string } }
constraints:
  - name: who
    evaluators:
      - { name: not_from_shop, categories: [mail], when: input.host.caller != 'shop', then: BLOCK, reason: NOT_SHOP }
canaries:
  mail:
    block: [{ to: a, host: { caller: desk } }]
    execute: [{ to: a, host: { caller: shop } }]
`;

function engineOf(text: string): Engine {
  const loaded = loadBundle([{ path: "bundle.yaml", text }]);
  assert.ok("bundle" in loaded, JSON.stringify(loaded));
  return arm(loaded.bundle);
}

/** The event that an attempt with this input records. */
function eventOf(engine: Engine, line: Buffer, caller: string): Event {
  const verdict = engine.decide(openEnvelope(line), hostOf(caller));
  const { trace_id, action_type, outcome, reason_code, engine_version } = verdict;
  const { rewrite_class, evaluators, validators } = verdict;
  return {
    ...{ trace_id, action_type, decision: recorded(outcome), reason_code },
    enforcement_decision_id: `${"a".repeat(16)}.1.1`,
    evaluator_trace: { engine_version, caller, rewrite_class, validators, evaluators },
    ...{ timestamp: "2026-11-22T00:00:00.000Z", adapter_name: null, status: "success" },
  };
}

function hostOf(caller: string): JsonObject {
  const host = jsonFrom({ caller });
  assert.ok(host instanceof JsonObject);
  return host;
}

/** What Replay asks of a ledger, answered from a list. */
function ledgerOf(events: readonly Event[]): Ledger {
  const recordings = async function* (traceId: string): AsyncGenerator<LogEvent> {
    for (const [index, event] of events.entries()) {
      if (event.trace_id === traceId) yield { index, event, bytes: new Uint8Array(0) };
    }
  };
  return { recordings } as Ledger;
}

const engine = engineOf(POLICY);
const line = Buffer.from('{"category":"mail","input":{"to":"a"},"host":{"caller":"shop"}}');

test("an input is found by what the host said of it then, beside the line or for all", async () => {
  const ledger = ledgerOf([eventOf(engine, line, "shop"), eventOf(engine, line, "shop")]);
  const received = openEnvelope(line);
  const none = await new Replay(engine, ledger, undefined).input(received, undefined);
  assert.deepEqual([none.found, none.decision], ["never recorded", "BLOCK"]);
  for (const replayed of [
    await new Replay(engine, ledger, undefined).input(received, hostIn(line)),
    await new Replay(engine, ledger, hostOf("shop")).input(received, undefined),
  ]) {
    const { found, decision, events, first } = replayed;
    assert.deepEqual([found, decision, events, first], ["equal", "ALLOW", 2, 0]);
  }
});

test("a host inside the input is the sender's, and none that a replay goes by", () => {
  assert.equal(
    hostIn(Buffer.from('{"category":"mail","input":{"host":{"caller":"x"}}}')),
    undefined,
  );
  assert.equal(hostIn(Buffer.from('{"host":"shop"}')), undefined);
  assert.equal(hostIn(Buffer.from('"host"')), undefined);
  assert.equal(hostIn(Buffer.from('{"host":')), undefined);
});

const CHANGES: Readonly<Record<string, (event: Event) => Event>> = {
  decision: (event) => ({ ...event, decision: "BLOCK" }),
  reason_code: (event) => ({ ...event, reason_code: "OTHER" }),
  action_type: (event) => ({ ...event, action_type: "other" }),
  rewrite_class: (event) => withTrace(event, { rewrite_class: "OTHER" }),
  engine_version: (event) => withTrace(event, { engine_version: `3.0.0+${"0".repeat(64)}` }),
  evaluators: (event) => withTrace(event, { evaluators: [] }),
};

function withTrace(event: Event, change: Partial<Event["evaluator_trace"]>): Event {
  return { ...event, evaluator_trace: { ...event.evaluator_trace, ...change } };
}

test("a recorded event that its input does not give is different, and in what", async () => {
  const event = eventOf(engine, line, "shop");
  for (const [field, change] of Object.entries(CHANGES)) {
    const ledger = ledgerOf([event, change(event), event]);
    const { found, different, events } = await new Replay(engine, ledger, undefined).input(
      openEnvelope(line),
      hostIn(line),
    );
    assert.deepEqual([found, events], ["different", 3], field);
    assert.deepEqual(
      different.map(({ index, fields }) => [index, fields]),
      [[1, [field]]],
    );
  }
});

test("what differs from attempt to attempt makes no difference", async () => {
  const event = eventOf(engine, line, "shop");
  const other: Event = {
    ...withTrace(event, { caller: "desk" }),
    ...{ enforcement_decision_id: `${"b".repeat(16)}.2.7`, timestamp: "2027-01-01T00:00:00.000Z" },
    ...{ adapter_name: "mcp", status: "failed" },
  };
  const replay = new Replay(engine, ledgerOf([other]), undefined);
  assert.equal((await replay.input(openEnvelope(line), hostIn(line))).found, "equal");
});
