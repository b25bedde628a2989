import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after } from "node:test";
import { verifyBucket } from "@writ/audit/verify";
import { parseDecisionId } from "@writ/contract/decision-id";
import { decodeEvent, type Event } from "@writ/contract/event";
import { decodeAppend, MESSAGE } from "../../packages/bucket/src/append/messages.ts";
import { enforce, inParallel } from "../serving.ts";
import { rule } from "./bullets.ts";
import type { RoleProcess } from "./roles.ts";
import type { Carried } from "./tap.ts";
import {
  assertKept,
  logBytes,
  openWorld,
  type Record,
  recordsIn,
  say,
  startGateway,
  until,
  untilReconnected,
  WORKFLOW,
} from "./world.ts";

const world = await openWorld();
const { tap, deployment } = world;
let gateway: RoleProcess = await startGateway(world);
after(async () => {
  await gateway.stop();
  await world.close();
});

/** The events of an append message, as they went over the socket. */
function eventsOf({ type, body }: Carried): Buffer[] {
  return type === MESSAGE.append ? decodeAppend(body).entries.map((one) => Buffer.from(one)) : [];
}

const eventIn = (bytes: Uint8Array): Event => decodeEvent(bytes);
const idOf = (bytes: Uint8Array): string => eventIn(bytes).enforcement_decision_id;
const records = (): Record[] => recordsIn(deployment.bucket);
const withId = (id: unknown): Record[] =>
  records().filter(({ event }) => event.enforcement_decision_id === id);

/** Holds what goes to or comes from the Bucket in answer to one attempt; kills the gateway then. */
async function crashOnce(direction: Carried["direction"], type: number): Promise<Carried> {
  const held: Carried[] = [];
  tap.meet = (carried) => {
    if (carried.direction !== direction || carried.type !== type) return "pass";
    held.push(carried);
    return "hold";
  };
  const unanswered = assert.rejects(enforce(gateway.url, say("hello")));
  await until(() => held.length === 1);
  await gateway.kill();
  await unanswered;
  tap.meet = () => "pass";
  await until(() => !isConnected());
  return held[0] ?? assert.fail("nothing was held");
}

/** Whether the Bucket has a line to a writer, as its own tap sees it. */
function isConnected(): boolean {
  return tap.lines.some((line) => line.isOpen);
}

rule("§4", "One enforcement invocation → at most one Bucket write", async () => {
  const calls = Array.from({ length: 10 }, () => WORKFLOW).flat();
  const before = tap.of("to the Bucket").length;
  const answers = await inParallel(calls, 16, (call) => enforce(gateway.url, call));
  const sent = tap.of("to the Bucket").slice(before).flatMap(eventsOf);
  const ids = answers.map(({ body }) => String(body.enforcement_decision_id));
  assert.equal(new Set(ids).size, calls.length);
  assert.deepEqual(sent.map(idOf).toSorted(), ids.toSorted());
  const kept = records().map(({ event }) => event.enforcement_decision_id);
  assert.deepEqual(kept.toSorted(), ids.toSorted());
});

rule("§4", "No multi-stage updates", async () => {
  const { body } = await enforce(gateway.url, say("loud"));
  const own = tap
    .of("to the Bucket")
    .filter((carried) => Buffer.from(carried.body).includes(String(body.enforcement_decision_id)));
  // One message names the attempt, and what it says is the whole record, as it stands for ever.
  assert.deepEqual(
    own.map(({ type }) => type),
    [MESSAGE.append],
  );
  const [record, ...others] = withId(body.enforcement_decision_id);
  assert.deepEqual(others, []);
  assert.ok(own.flatMap(eventsOf).some((bytes) => bytes.equals(record?.bytes ?? Buffer.of())));
  assert.deepEqual([record?.event.decision, record?.event.status], ["REWRITE", "success"]);
  const said = new Set(tap.of("to the Bucket").map(({ type }) => type));
  assert.deepEqual(said, new Set([MESSAGE.answer, MESSAGE.append]));
});

rule("§4", "No partial writes", async () => {
  const before = logBytes(deployment.bucket);
  const lines = tap.lines.length;
  // The Bucket gets all of the message but its last byte, and then nothing any more.
  tap.meet = (carried) => {
    if (carried.type !== MESSAGE.append) return "pass";
    carried.line.writeSome(carried, carried.body.length - 1);
    return "hold";
  };
  const answer = enforce(gateway.url, say("hello"));
  await until(() => tap.lines.some((line) => line.hasCut));
  for (const line of tap.lines) line.cut();
  assert.equal((await answer).body.decision, "BLOCK");
  tap.meet = () => "pass";
  await untilReconnected(world, gateway, lines);
  assert.ok(logBytes(deployment.bucket).equals(before));
  await enforce(gateway.url, say("hello"));
  assertKept(before, logBytes(deployment.bucket));
  // Every record is one of the closed form, with all of its nine fields: recordsIn reads no other.
  for (const { event } of records()) assert.equal(Object.keys(event).length, 9);
});

rule("§4", "No follow-up writes to amend outcomes", async () => {
  const lines = tap.lines.length;
  // The record is safe, but the word of it is lost, so upstream hears BLOCK and the record says ALLOW.
  tap.meet = (carried) => {
    if (carried.type !== MESSAGE.ended) return "pass";
    carried.line.cut();
    return "hold";
  };
  const { body } = await enforce(gateway.url, say("hello"));
  tap.meet = () => "pass";
  assert.deepEqual([body.decision, body.status], ["BLOCK", "failed"]);
  const [record] = withId(body.enforcement_decision_id);
  assert.deepEqual([record?.event.decision, record?.event.status], ["ALLOW", "success"]);
  await untilReconnected(world, gateway, lines);
  const before = tap.of("to the Bucket").length;
  for (const call of WORKFLOW) await enforce(gateway.url, call);
  const later = tap.of("to the Bucket").slice(before);
  assert.equal(later.flatMap(eventsOf).length, WORKFLOW.length);
  for (const { body: said } of later) {
    assert.ok(!Buffer.from(said).includes(String(body.enforcement_decision_id)));
  }
  const [again, ...others] = withId(body.enforcement_decision_id);
  assert.deepEqual(others, []);
  assert.ok(again?.bytes.equals(record?.bytes ?? Buffer.of()));
});

/** The attempt that a crash before its append leaves without a record. */
let lost = "";

rule("§4", "If enforcement crashes before write: No record exists", async () => {
  const before = logBytes(deployment.bucket);
  const held = await crashOnce("to the Bucket", MESSAGE.append);
  lost = eventsOf(held).map(idOf)[0] ?? "";
  assert.match(lost, /^[0-9a-f]{16}\.\d+\.\d+$/);
  assert.ok(logBytes(deployment.bucket).equals(before));
  assert.deepEqual(withId(lost), []);
});

rule("§4", "If enforcement crashes before write: No backfill occurs", async () => {
  const { epoch, sequence } = parseDecisionId(lost);
  const before = records().length;
  gateway = await startGateway(world);
  const answers = await inParallel(WORKFLOW, 4, (call) => enforce(gateway.url, call));
  const after = records().slice(before);
  assert.deepEqual(
    after.map(({ event }) => event.enforcement_decision_id).toSorted(),
    answers.map(({ body }) => String(body.enforcement_decision_id)).toSorted(),
  );
  for (const { event } of after) {
    assert.ok(parseDecisionId(event.enforcement_decision_id).epoch > epoch);
  }
  assert.deepEqual(withId(lost), []);
  // It was the last of its epoch, so not even a hole is left: it is as if it had never been.
  const recorded = records()
    .map(({ event }) => parseDecisionId(event.enforcement_decision_id))
    .filter((id) => id.epoch === epoch);
  assert.ok(recorded.every((id) => id.sequence < sequence));
});

rule("§4", "If enforcement crashes after write: Record stands as final truth", async () => {
  const held = await crashOnce("to the writer", MESSAGE.ended);
  const message = held.line.of("to the Bucket").at(-1);
  const [bytes = Buffer.of()] = message === undefined ? [] : eventsOf(message);
  const stood = logBytes(deployment.bucket);
  const [record] = withId(idOf(bytes));
  assert.ok(record?.bytes.equals(bytes));
  gateway = await startGateway(world);
  for (const call of WORKFLOW) await enforce(gateway.url, call);
  assertKept(stood, logBytes(deployment.bucket));
  const [again, ...others] = withId(idOf(bytes));
  assert.deepEqual(others, []);
  assert.deepEqual([again?.index, again?.bytes.equals(bytes)], [record?.index, true]);
  const key = readFileSync(deployment.vkey, "utf8").trim();
  const report = await verifyBucket(deployment.bucket, { key });
  assert.deepEqual(report.faults, []);
});
