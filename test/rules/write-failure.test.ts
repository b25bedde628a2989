import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { parseDecisionId } from "@writ/contract/decision-id";
import { leafHash } from "@writ/tlog/hash";
import {
  type AppendMessage,
  decodeAppend,
  encodeAppend,
  MESSAGE,
} from "../../packages/bucket/src/append/messages.ts";
import { batchText } from "../../packages/bucket/src/batch-signature.ts";
import { enforce, type HttpAnswer } from "../serving.ts";
import { rule } from "./bullets.ts";
import type { Carried } from "./tap.ts";
import { logBytes, openWorld, recordsIn, say, startGateway, until, WORKFLOW } from "./world.ts";

/** So many events the gateway may write, ever. */
const QUOTA = 12;

const world = await openWorld({
  amend: (one) => ({
    ...one,
    writers: one.writers.map((writer) => ({
      ...writer,
      quota: { ...writer.quota, events: QUOTA },
    })),
  }),
});
const { tap, deployment, constitution, writer } = world;
const gateway = await startGateway(world);
after(async () => {
  await gateway.stop();
  tap.close();
  await world.bucket.stop();
});
const filesBefore = filesBelow(world.gatewayData);

/** Every refusal of this file, in order. */
const refused: HttpAnswer[] = [];

/** The rejections that the Bucket told its operator of, as `cause code`. */
function rejections(): string[] {
  const lines = world.bucket.stderr.split("\n").slice(0, -1);
  return lines
    .filter((line) => line.startsWith("{"))
    .map((line): Record<string, unknown> => JSON.parse(line))
    .filter(({ event }) => event === "rejection")
    .map(({ cause, code }) => `${cause} ${code}`);
}

/** Sends what upstream may ask for; fails unless each is refused and nothing is written. */
async function assertRefused(cause: string): Promise<void> {
  const before = logBytes(deployment.bucket);
  const known = rejections().length;
  for (const call of [say("hello"), say("loud"), say("secret")]) {
    refused.push(await enforce(gateway.url, call));
  }
  // What the Bucket tells its operator comes by another way than the answer.
  await until(() => rejections().length >= known + 3);
  assert.deepEqual(rejections().slice(known), [cause, cause, cause]);
  assert.ok(logBytes(deployment.bucket).equals(before));
}

/** What another gateway, one that holds the same key, would have sent in the place of this. */
function forged({ body }: Carried, bend: (event: string, epoch: number) => string): Uint8Array {
  const { batch, entries } = decodeAppend(body);
  const epochs = entries.map((entry) => {
    const { enforcement_decision_id } = JSON.parse(String(Buffer.from(entry)));
    return parseDecisionId(enforcement_decision_id).epoch;
  });
  const epoch = epochs[0] ?? 0;
  const bent = entries.map((entry) => Buffer.from(bend(String(Buffer.from(entry)), epoch)));
  return encodeAppend({ batch, entries: bent, signature: signatureOf(batch, epoch, bent) });
}

function signatureOf(batch: number, epoch: number, entries: AppendMessage["entries"]): Uint8Array {
  const { origin } = constitution;
  const leafHashes = entries.map((entry) => leafHash(entry));
  return writer.sign(batchText({ origin, writer: writer.name, epoch, batch, leafHashes }));
}

function meetAppends(become: (carried: Carried) => Uint8Array): void {
  tap.meet = (carried) => (carried.type === MESSAGE.append ? become(carried) : "pass");
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

rule(
  "§6.1",
  "If Bucket rejects a write (schema): Enforcement fails the execution safely",
  async () => {
    // A gateway of another release, with a tenth field, as its own key signs it.
    meetAppends((carried) =>
      forged(carried, (event) => event.replace(/"timestamp"/, '"supersedes":null,"timestamp"')),
    );
    await assertRefused("EVENT_SCHEMA SCHEMA_REJECTED");
  },
);

rule(
  "§6.1",
  "If Bucket rejects a write (governance): Enforcement fails the execution safely",
  async () => {
    // Speaks of an attempt of another connection; then with a signature that is not the writer's.
    meetAppends((carried) =>
      forged(carried, (event, epoch) =>
        event.replace(`${writer.name}.${epoch}.`, `${writer.name}.${epoch + 1}.`),
      ),
    );
    await assertRefused("DECISION_ID GOVERNANCE_DENIED");
    meetAppends(({ body }) => {
      const { signature, ...message } = decodeAppend(body);
      const flipped = signature.map((byte, at) => (at === 9 ? byte ^ 1 : byte));
      return encodeAppend({ ...message, signature: flipped });
    });
    await assertRefused("BATCH_SIGNATURE GOVERNANCE_DENIED");
  },
);

rule(
  "§6.1",
  "If Bucket rejects a write (quota): Enforcement fails the execution safely",
  async () => {
    tap.meet = () => "pass";
    // What was rejected took nothing of the quota, and the last of it can be used.
    for (let at = 0; at < QUOTA; at += 1) {
      const { body } = await enforce(gateway.url, WORKFLOW[at % WORKFLOW.length] ?? "");
      const [record] = recordsIn(deployment.bucket).slice(-1);
      assert.equal(record?.event.enforcement_decision_id, body.enforcement_decision_id);
    }
    await assertRefused("WRITER_QUOTA QUOTA_EXCEEDED");
  },
);

rule("§6.1", "Execution result is returned upstream as failed", () => {
  assert.equal(refused.length, 12);
  for (const { status, body } of refused) {
    const { trace_id, enforcement_decision_id, ...rest } = body;
    assert.deepEqual([status, rest], [200, { decision: "BLOCK", status: "failed" }]);
    assert.match(String(trace_id), /^[0-9a-f]{64}$/);
    assert.match(String(enforcement_decision_id), /^[0-9a-f]{16}\.1\.\d+$/);
  }
});

rule("§6.1", "No retries are performed", () => {
  const sent = tap
    .of("to the Bucket")
    .filter(({ type }) => type === MESSAGE.append)
    .flatMap(({ body }) => decodeAppend(body).entries)
    .map((entry) => JSON.parse(String(Buffer.from(entry))).enforcement_decision_id);
  // One event an attempt, in the order of the attempts, and none of them twice.
  const attempts = refused.length + QUOTA;
  const expected = Array.from({ length: attempts }, (_, at) => `${writer.name}.1.${at + 1}`);
  assert.deepEqual(sent, expected);
});

rule("§6.1", "No alternate storage is used", () => {
  assert.deepEqual(filesBelow(world.gatewayData), filesBefore);
  assert.equal(readFileSync(join(world.gatewayData, "gateway", "epoch"), "utf8"), "1\n");
  if (process.platform !== "linux") return;
  const fds = join("/proc", String(gateway.pid), "fd");
  const open = readdirSync(fds).map((fd) => readlinkSync(join(fds, fd)));
  // Sockets, pipes and the event loop's own: no file, not even a deleted one, to keep anything in.
  assert.deepEqual(
    open.filter((path) => path.startsWith("/") && path !== "/dev/null"),
    [],
  );
});

rule("§6.1", "No pressure is applied to Bucket", async () => {
  // A rejection is an answer: the line that was there first is there still.
  assert.equal(tap.lines.length, 1);
  const from = performance.now();
  await world.bucket.kill();
  const calls = WORKFLOW.map((call) => enforce(gateway.url, call));
  for (const { body } of await Promise.all(calls)) assert.equal(body.decision, "BLOCK");
  await until(() => tap.lines.length >= 1 + 4);
  const visits = tap.lines.slice(1);
  // Whatever upstream asks for, visits grow rarer: at 50, 150, 350, 750 ms, and next at 1,550; a slow
  // machine makes them later, and nothing makes them earlier but a timer's rounding.
  const ms = performance.now() - from;
  const earliest = 50 * (2 ** visits.length - 1) - visits.length;
  assert.ok(ms >= earliest, `${visits.length} visits within ${ms.toFixed(0)} ms`);
  // None of them carries anything of what was asked for meanwhile.
  assert.deepEqual(
    visits.flatMap((line) => line.of("to the Bucket")),
    [],
  );
});
