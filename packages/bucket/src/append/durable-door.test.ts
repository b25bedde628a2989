import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { leafHash } from "@writ/tlog/hash";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { batchText } from "../batch-signature.ts";
import { type FrameSubmission, readFrame, readSegmentHead } from "../frame.ts";
import { ALICE, BOB, eventOf, freshDirectory, ORIGIN } from "./bucket.test-support.ts";
import { type AppendDoor, connectBucket, type Ending, HandshakeRefused } from "./client.ts";

const PROGRAM = fileURLToPath(new URL("bucket-process.test-support.ts", import.meta.url));

async function startBucket(t: TestContext, directory: string): Promise<ChildProcess> {
  const socket = join(directory, "s");
  const child = spawn(process.execPath, [PROGRAM, directory, socket], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  assert.ok(child.stdout !== null);
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => assert.fail("the Bucket did not start")),
  ]);
  return child;
}

async function stopBucket(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  child.kill(signal);
  const [code] = await once(child, "exit");
  if (signal === "SIGTERM") assert.equal(code, 0);
}

function connectAs(writer: typeof ALICE, directory: string, epoch: number): Promise<AppendDoor> {
  return connectBucket({ socketPath: join(directory, "s"), origin: ORIGIN, writer, epoch });
}

/** What the log holds on disk, frame by frame. The directory must be at rest. */
function stored(directory: string): FrameSubmission[] {
  const log = join(directory, "bucket", "log");
  return readdirSync(log).flatMap((name) => {
    const bytes = readFileSync(join(log, name));
    const head = readSegmentHead(bytes);
    assert.ok(head.ok);
    const found: FrameSubmission[] = [];
    for (let at = head.end; at < bytes.length; ) {
      const frame = readFrame(bytes, at);
      assert.ok(frame.ok);
      found.push(...frame.value.submissions);
      at = frame.end;
    }
    return found;
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

function assertSigned(submissions: readonly FrameSubmission[], writer: typeof ALICE): void {
  const { verify } = parseVerifierKey(writer.verifierKey);
  for (const { epoch, batch, entries, signature } of submissions) {
    const leafHashes = entries.map(leafHash);
    const signed = batchText({ origin: ORIGIN, writer: writer.name, epoch, batch, leafHashes });
    assert.ok(verify(signed, Uint8Array.from(signature)));
  }
}

test("what was committed is on disk with its writer's signature; epochs outlive the process", async (t) => {
  const directory = freshDirectory(t);
  const first = await startBucket(t, directory);
  const doors = await Promise.all([connectAs(ALICE, directory, 3), connectAs(BOB, directory, 1)]);
  const endings: Promise<Ending>[] = [];
  for (let sequence = 1; sequence <= 300; sequence += 1) {
    endings.push(doors[0].append(eventOf(ALICE, 3, sequence)));
    endings.push(doors[1].append(eventOf(BOB, 1, sequence)));
    if (sequence % 50 === 0) await sleep(1);
  }
  for (const { ending } of await Promise.all(endings)) assert.equal(ending, "committed");
  await Promise.all(doors.map((door) => door.close()));
  await stopBucket(first, "SIGTERM");
  const submissions = stored(directory);
  for (const writer of [ALICE, BOB]) {
    const own = submissions.filter((one) => one.writer === writer.name);
    assertSigned(own, writer);
    const epoch = writer === ALICE ? 3 : 1;
    const expected = Array.from({ length: 300 }, (_, at) => eventOf(writer, epoch, at + 1));
    assert.deepEqual(own.flatMap((one) => one.entries).map(text), expected.map(text));
  }
  const second = await startBucket(t, directory);
  await assert.rejects(connectAs(ALICE, directory, 3), HandshakeRefused);
  const door = await connectAs(ALICE, directory, 4);
  assert.equal((await door.append(eventOf(ALICE, 4, 1))).ending, "committed");
  await door.close();
  await stopBucket(second, "SIGTERM");
});

test("kill -9 at any moment loses nothing that was acknowledged and doubles nothing", async (t) => {
  const directory = freshDirectory(t);
  const acknowledged: string[] = [];
  const tried = new Set<string>();
  for (let epoch = 1; epoch <= 6; epoch += 1) {
    const bucket = await startBucket(t, directory);
    const door = await connectAs(ALICE, directory, epoch);
    let committed = 0;
    const killed = sleep(20 + 17 * epoch)
      // However slow the machine, it is killed amid its work.
      .then(() => until(() => committed >= 20))
      .then(() => stopBucket(bucket, "SIGKILL"));
    const endings: Promise<void>[] = [];
    let isOpen = true;
    void door.closed.then(() => {
      isOpen = false;
    });
    for (let sequence = 1; isOpen; sequence += 1) {
      const id = `${ALICE.name}.${epoch}.${sequence}`;
      tried.add(id);
      const ending = door.append(eventOf(ALICE, epoch, sequence)).then((one) => {
        if (one.ending !== "committed") return;
        acknowledged.push(id);
        committed += 1;
      });
      endings.push(ending);
      if (sequence % 20 === 0) await sleep(1);
    }
    await Promise.all([killed, ...endings]);
  }
  await stopBucket(await startBucket(t, directory), "SIGTERM");
  const submissions = stored(directory);
  assertSigned(submissions, ALICE);
  const ids = submissions
    .flatMap((one) => one.entries)
    .map((entry) => JSON.parse(text(entry)).enforcement_decision_id);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(acknowledged.length > 100, `${acknowledged.length} were acknowledged`);
  assert.deepEqual(
    acknowledged.filter((id) => !ids.includes(id)),
    [],
  );
  assert.deepEqual(
    ids.filter((id) => !tried.has(id)),
    [],
  );
});
