import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseDecisionId } from "@writ/contract/decision-id";
import {
  ALICE,
  openBucket,
  STRANGER,
  signer,
} from "../../bucket/src/append/bucket.test-support.ts";
import { impostor } from "../../bucket/src/append/impostor.test-support.ts";
import { encodeCommitted } from "../../bucket/src/append/messages.ts";
import {
  enforceAt,
  epochFileIn,
  eventsOf,
  obligingBucket,
  openRealBucket,
  say,
  stopTimers,
  temporaryFolder,
  until,
} from "./enforce.test-support.ts";
import { EpochUnusable } from "./epoch-counter.ts";

const PAUSES = [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000];

test("an epoch is on disk before the Bucket hears of it, and never used twice", async (t) => {
  const epochFile = epochFileIn(temporaryFolder(), "41\n");
  const heard: (readonly [said: number, stored: string])[] = [];
  const socketPath = await obligingBucket(
    t,
    () => {},
    ({ writer, epoch }, socket) => {
      assert.equal(writer, ALICE.name);
      heard.push([epoch, readFileSync(epochFile, "utf8")]);
      socket.end();
    },
  );
  const { enforcement } = await enforceAt(t, socketPath, { epochFile });
  await until(() => heard.length === 3);
  await enforcement.close();
  assert.deepEqual(
    heard,
    [42, 43, 44].map((epoch) => [epoch, `${epoch}\n`]),
  );
});

test("each connection to a Bucket that restarts has a higher epoch, numbered from 1", async (t) => {
  const directory = temporaryFolder();
  let bucket = await openRealBucket(t, directory);
  const { enforcement, states } = await enforceAt(t, bucket.socketPath);
  const committed: string[] = [];
  const attempt = async (): Promise<string> => {
    const { decision, enforcement_decision_id } = await enforcement
      .begin()
      .enforce(say("hello"), null);
    if (decision === "EXECUTE") committed.push(enforcement_decision_id);
    return decision;
  };
  for (let round = 1; round <= 3; round += 1) {
    assert.equal(enforcement.ready, true);
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      const { epoch, inFlight } = enforcement;
      assert.equal(await attempt(), "EXECUTE");
      const { gateway, ...id } = parseDecisionId(committed.at(-1) ?? "");
      assert.deepEqual([gateway, id, inFlight], [ALICE.name, { epoch, sequence }, 0]);
    }
    await bucket.stop();
    await until(() => !enforcement.ready);
    assert.equal(await attempt(), "BLOCK");
    bucket = await openRealBucket(t, directory);
    const before = enforcement.epoch;
    await until(() => enforcement.ready);
    assert.ok(enforcement.epoch > before);
  }
  assert.equal(states.filter((state) => state === "lost").length, 3);
  await enforcement.close();
  await bucket.stop();
  const recorded = eventsOf(directory).map((event) => event.enforcement_decision_id);
  assert.deepEqual(recorded, committed);
});

test("an attempt during an outage is BLOCK, keeps its number, and leaves a hole", async (t) => {
  const { log, server, socketPath } = await openBucket(t);
  const { enforcement } = await enforceAt(t, socketPath);
  const answer = async (): Promise<readonly [string, string, number]> => {
    const { decision, status, enforcement_decision_id } = await enforcement
      .begin()
      .enforce(say("hello"), null);
    return [decision, status, parseDecisionId(enforcement_decision_id).sequence];
  };
  assert.deepEqual(await answer(), ["EXECUTE", "success", 1]);
  await server.close();
  await until(() => !enforcement.ready);
  const missed = [await answer(), await answer()];
  assert.deepEqual(missed, [
    ["BLOCK", "failed", 2],
    ["BLOCK", "failed", 3],
  ]);
  assert.equal(log.size, 1);
});

test("without a Bucket at the start everything is BLOCK until one comes (contract §4)", async (t) => {
  const directory = temporaryFolder();
  const { enforcement, states } = await enforceAt(t, join(directory, "s"));
  assert.deepEqual([states[0], enforcement.ready], ["refused", false]);
  const { decision } = await enforcement.begin().enforce(say("hello"), null);
  assert.equal(decision, "BLOCK");
  await openRealBucket(t, directory);
  await until(() => enforcement.ready);
  const later = await enforcement.begin().enforce(say("hello"), null);
  assert.equal(later.decision, "EXECUTE");
});

test("tries grow rarer, and each takes a new epoch", async (t) => {
  const pass = stopTimers(t);
  const socketPath = join(temporaryFolder(), "none");
  const { enforcement, epochFile, states } = await enforceAt(t, socketPath);
  let tries = 1;
  for (const pause of PAUSES) {
    await until(() => states.length === tries);
    await pass(pause - 1);
    assert.equal(states.length, tries, `tried before ${pause} ms`);
    await pass(1);
    tries += 1;
  }
  await until(() => states.length === tries);
  assert.equal(readFileSync(epochFile, "utf8"), `${tries}\n`);
  assert.equal(enforcement.epoch, tries);
  assert.deepEqual([...new Set(states)], ["refused"]);
});

test("a Bucket that lets in and hangs up is not pressed either (rules §6.1)", async (t) => {
  const pass = stopTimers(t);
  t.mock.method(performance, "now", () => 0);
  let visits = 0;
  const socketPath = await obligingBucket(
    t,
    () => {},
    (_answer, socket) => {
      visits += 1;
      socket.end();
    },
  );
  const { states } = await enforceAt(t, socketPath);
  const lost = (): number => states.filter((state) => state === "lost").length;
  for (const pause of PAUSES) {
    const before = visits;
    await until(() => lost() === before);
    await pass(pause - 1);
    assert.equal(visits, before, `came back before ${pause} ms`);
    await pass(1);
    await until(() => visits === before + 1);
  }
});

test("a counter that fails while it runs keeps the line down until it is repaired", async (t) => {
  const visits: number[] = [];
  let hangUp = (): void => {};
  const socketPath = await obligingBucket(
    t,
    () => {},
    ({ epoch }, socket) => {
      visits.push(epoch);
      hangUp = () => socket.end();
    },
  );
  const { enforcement, epochFile, states } = await enforceAt(t, socketPath);
  await until(() => visits.length === 1);
  writeFileSync(epochFile, "spoiled\n");
  hangUp();
  await until(() => states.filter((state) => state === "refused").length === 3);
  assert.deepEqual(visits, [1]);
  assert.equal(enforcement.ready, false);
  assert.equal((await enforcement.begin().enforce(say("hello"), null)).decision, "BLOCK");
  writeFileSync(epochFile, "7\n");
  await until(() => enforcement.ready);
  assert.deepEqual(visits, [1, 8]);
});

test("a counter that is unusable at the start opens nothing, and no connection is made", async (t) => {
  let visits = 0;
  const socketPath = await obligingBucket(
    t,
    () => {},
    () => {
      visits += 1;
    },
  );
  const malformed = epochFileIn(temporaryFolder(), "one\n");
  const missing = join(temporaryFolder(), "epoch");
  for (const epochFile of [malformed, missing]) {
    await assert.rejects(enforceAt(t, socketPath, { epochFile }), EpochUnusable);
  }
  assert.equal(visits, 0);
});

test("a Bucket that denies this gateway, or is another, is never written to", async (t) => {
  const { log, socketPath, denials } = await openBucket(t);
  const others = [
    { writer: STRANGER },
    { origin: "other.example/log" },
    { logKey: signer(2, "log.example/writ").verifierKey },
  ];
  for (const other of others) {
    const { enforcement, states } = await enforceAt(t, socketPath, other);
    assert.deepEqual([states[0], enforcement.ready], ["refused", false]);
    assert.equal((await enforcement.begin().enforce(say("hello"), null)).decision, "BLOCK");
    await enforcement.close();
  }
  assert.equal(log.size, 0);
  assert.deepEqual([...new Set(denials.map(({ cause }) => cause))], ["UNKNOWN_WRITER"]);
});

test("a connection is lost with the attempts that began under it, never carried over", async (t) => {
  const messages: string[] = [];
  const socketPath = await obligingBucket(t, (socket, { batch, entries }) => {
    for (const entry of entries) messages.push(JSON.parse(Buffer.from(entry).toString()).trace_id);
    // The first is lost on its way, later ones are kept.
    if (messages.length === 1) socket.destroy();
    else socket.write(encodeCommitted(batch));
  });
  const { enforcement } = await enforceAt(t, socketPath);
  const under = enforcement.begin();
  const lost = await enforcement.begin().enforce(say("hello"), null);
  assert.equal(lost.decision, "BLOCK");
  await until(() => !enforcement.ready);
  await until(() => enforcement.ready);
  // It began under the connection that is gone, so it may not be recorded under this one.
  assert.equal((await under.enforce(say("hello"), null)).decision, "BLOCK");
  assert.deepEqual(messages, [lost.trace_id]);
  assert.equal((await enforcement.begin().enforce(say("hello"), null)).decision, "EXECUTE");
  assert.equal(messages.length, 2);
});

test("close lets what is under way end, then nothing is recorded and nobody reconnects", async (t) => {
  const { log, socketPath, server } = await openBucket(t);
  const { enforcement, epochFile } = await enforceAt(t, socketPath);
  log.hold();
  const underWay = enforcement.begin().enforce(say("hello"), null);
  await until(() => log.size === 1);
  const closed = enforcement.close();
  const late = await enforcement.begin().enforce(say("hello"), null);
  assert.equal(late.decision, "BLOCK");
  log.release();
  assert.equal((await underWay).decision, "EXECUTE");
  await closed;
  await until(() => server.writers === 0);
  const { ready, epoch } = enforcement;
  assert.deepEqual([ready, epoch, readFileSync(epochFile, "utf8")], [false, 1, "1\n"]);
  assert.equal(log.size, 1);
});

test("close ends a wait between two tries, for good", async (t) => {
  const pass = stopTimers(t);
  const { enforcement, states } = await enforceAt(t, join(temporaryFolder(), "none"));
  await pass(50);
  await until(() => states.length === 2);
  await enforcement.close();
  for (let tries = 0; tries < 5; tries += 1) await pass(5000);
  assert.equal(states.length, 2);
});

test("beside the key there is the counter and nothing else: no queue, no other store (rules §6.1)", async (t) => {
  const directory = temporaryFolder();
  const epochFile = epochFileIn(directory);
  const bucket = await openRealBucket(t);
  const { enforcement } = await enforceAt(t, bucket.socketPath, { epochFile });
  await enforcement.begin().enforce(say("hello"), null);
  await bucket.stop();
  await until(() => !enforcement.ready);
  await enforcement.begin().enforce(say("hello"), null);
  await enforcement.close();
  // A try to reconnect may have been raising the epoch just then; nobody begins another.
  await until(() => !existsSync(`${epochFile}.new`));
  assert.deepEqual(readdirSync(directory, { recursive: true }).sort(), [
    "gateway",
    "gateway/epoch",
  ]);
});

test("a peer that says nothing holds the start for a bounded time", async (t) => {
  const pass = stopTimers(t);
  let visits = 0;
  const socketPath = await impostor(t, () => {
    visits += 1;
  });
  const opened = enforceAt(t, socketPath);
  let isOpen = false;
  void opened.then(() => {
    isOpen = true;
  });
  await until(() => visits === 1);
  await pass(4999);
  assert.equal(isOpen, false);
  await pass(1);
  const { enforcement, states } = await opened;
  assert.deepEqual([states, enforcement.ready], [["refused"], false]);
});
