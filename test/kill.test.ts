import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectBucket } from "@writ/bucket/append";
import type { OpenWriterKey } from "@writ/bucket/writer-key";
import { formatDecisionId } from "@writ/contract/decision-id";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { type Deployment, deploymentAt } from "../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../packages/cli/src/first-use.ts";
import { BucketProcess, sleep } from "./faults/bucket-run.ts";
import { giveWriters } from "./faults/give-writers.ts";
import { eventOf, requireKept } from "./faults/ledger.ts";
import { program, temporaryFolder } from "./serving.ts";

const rounds = Number(process.env.WRIT_KILL_ROUNDS ?? 8);
const WRITERS = 8;
/** Appends that each writer keeps in flight. */
const LANES = 8;

const attempted = new Set<string>();
const acknowledged = new Set<string>();

/** One writer appends without a pause until its connection dies. */
async function write(
  deployment: Deployment,
  writer: OpenWriterKey,
  epoch: number,
  onCommit: () => void,
): Promise<void> {
  const origin = parseVerifierKey(readFileSync(deployment.vkey, "utf8").trim()).name;
  const socketPath = join(deployment.data, deployment.socket);
  const door = await connectBucket({ socketPath, origin, writer, epoch }).catch(() => undefined);
  if (door === undefined) return;
  let sequence = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const id = formatDecisionId(writer.name, epoch, ++sequence);
      attempted.add(id);
      const { ending } = await door.append(eventOf(id));
      if (ending !== "committed") return;
      acknowledged.add(id);
      onCommit();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await door.close();
}

/** Kills a Bucket at any moment: while it opens, within a write, a sync, a rename, a rotation. */
async function round(
  deployment: Deployment,
  writers: readonly OpenWriterKey[],
  epoch: number,
): Promise<"opening" | "writing"> {
  const { data, socket } = deployment;
  // A dead socket would let a writer wait for one that never answers.
  rmSync(join(data, socket), { force: true });
  const bucket = new BucketProcess(process.execPath, [
    program,
    "serve",
    "--only",
    "bucket",
    "--data",
    data,
  ]);
  if (epoch % 4 === 0) {
    await Promise.race([sleep(Math.random() * 500), bucket.ready.then(() => sleep(5))]);
    bucket.kill();
    await bucket.ended;
    return "opening";
  }
  assert.ok(await bucket.ready, bucket.reason);
  const { promise: isBusy, resolve: onCommit } = Promise.withResolvers<void>();
  const writing = writers.map((writer) => write(deployment, writer, epoch, onCommit));
  await Promise.race([isBusy, sleep(5000)]);
  await sleep(Math.random() * 200);
  bucket.kill();
  await Promise.all([bucket.ended, ...writing]);
  return "writing";
}

test(`${rounds} times kill -9 with ${WRITERS} writers: each acknowledged event is there exactly once`, {
  timeout: 180_000 + rounds * 10_000,
}, async (t) => {
  const deployment = deploymentAt(temporaryFolder());
  prepareDeployment(deployment);
  const writers = giveWriters(deployment, WRITERS);
  const killed = { opening: 0, writing: 0 };
  for (let epoch = 1; epoch <= rounds; epoch += 1) {
    killed[await round(deployment, writers, epoch)] += 1;
  }
  const last = new BucketProcess(process.execPath, [
    program,
    "serve",
    "--only",
    "bucket",
    "--data",
    deployment.data,
  ]);
  assert.ok(await last.ready, last.reason);
  last.stop();
  assert.equal(await last.ended, 0);
  assert.ok(acknowledged.size > rounds, `${acknowledged.size} acknowledged`);
  const { lost, doubled, unknown } = await requireKept(deployment, { attempted, acknowledged });
  t.diagnostic(
    `killed ${killed.writing} times while ${WRITERS} writers wrote, ${killed.opening} times while opening; ${acknowledged.size} acknowledged: ${lost.length} lost, ${doubled.length} doubled; the whole log verifies, so no frame of it is torn; ${unknown} of unknown end are there`,
  );
});
