import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Ending, RejectionCode } from "@writ/bucket/append";
import fc from "fast-check";
import {
  ALICE,
  constitutionWith,
  openBucket,
} from "../../bucket/src/append/bucket.test-support.ts";
import {
  type AppendMessage,
  encodeCommitted,
  encodeRejected,
} from "../../bucket/src/append/messages.ts";
import { batchText } from "../../bucket/src/batch-signature.ts";
import type { Answer } from "./answer.ts";
import {
  enforceAt,
  eventsOf,
  obligingBucket,
  openRealBucket,
  say,
  stopTimers,
  temporaryFolder,
  until,
} from "./enforce.test-support.ts";

const CODES: readonly RejectionCode[] = ["QUOTA_EXCEEDED", "SCHEMA_REJECTED", "GOVERNANCE_DENIED"];
const WORDS = { hello: "EXECUTE", loud: "REWRITE", secret: "BLOCK" } as const;

function idsIn({ entries }: AppendMessage): string[] {
  return entries.map((entry) => JSON.parse(Buffer.from(entry).toString()).enforcement_decision_id);
}

/** The one shape of every refusal, whatever kept the attempt from being recorded. */
function assertBlocked({ trace_id, ...answer }: Answer, sequence: number): void {
  assert.match(trace_id, /^[0-9a-f]{64}$/);
  assert.deepEqual(answer, {
    decision: "BLOCK",
    enforcement_decision_id: `${ALICE.name}.1.${sequence}`,
    status: "failed",
  });
}

test("nothing is released before its record is durable (design §5)", async (t) => {
  const { log, socketPath } = await openBucket(t);
  const { enforcement } = await enforceAt(t, socketPath);
  for (const [text, decision] of Object.entries(WORDS)) {
    log.hold();
    const before = log.size;
    let isOut = false;
    const answer = enforcement.begin().enforce(say(text), null);
    void answer.finally(() => {
      isOut = true;
    });
    await until(() => log.size === before + 1);
    await pause(20);
    assert.equal(isOut, false);
    log.release();
    assert.equal((await answer).decision, decision);
  }
});

for (const code of CODES) {
  test(`rules §6.1: ${code} fails the attempt, and it is sent once`, async (t) => {
    const sent: string[] = [];
    const socketPath = await obligingBucket(t, (socket, message) => {
      sent.push(...idsIn(message));
      socket.write(encodeRejected(message.batch, code));
    });
    const { enforcement } = await enforceAt(t, socketPath);
    let sequence = 0;
    for (const text of Object.keys(WORDS)) {
      sequence += 1;
      assertBlocked(await enforcement.begin().enforce(say(text), null), sequence);
    }
    await pause(50);
    assert.deepEqual(
      sent,
      [1, 2, 3].map((one) => `${ALICE.name}.1.${one}`),
    );
    // A rejection is an answer, so the line stands and the next attempt goes its own way.
    assert.deepEqual([enforcement.ready, enforcement.epoch], [true, 1]);
  });
}

test("rules §6.1: a Bucket whose quota is full rejects each attempt once, and holds no more", async (t) => {
  const writers = constitutionWith().writers.map((writer) => ({
    ...writer,
    quota: { ...writer.quota, events: 2 },
  }));
  const bucket = await openRealBucket(t, temporaryFolder(), { writers });
  const { enforcement } = await enforceAt(t, bucket.socketPath);
  for (const sequence of [1, 2]) {
    const { decision, enforcement_decision_id } = await enforcement
      .begin()
      .enforce(say("hello"), null);
    assert.deepEqual(
      [decision, enforcement_decision_id],
      ["EXECUTE", `${ALICE.name}.1.${sequence}`],
    );
  }
  for (const sequence of [3, 4, 5]) {
    assertBlocked(await enforcement.begin().enforce(say("hello"), null), sequence);
  }
  await enforcement.close();
  await bucket.stop();
  assert.deepEqual(
    bucket.denials.map(({ cause }) => cause),
    ["WRITER_QUOTA", "WRITER_QUOTA", "WRITER_QUOTA"],
  );
  assert.equal(eventsOf(bucket.directory).length, 2);
});

test("rules §6.1: a signature that governance denies fails the attempt, once", async (t) => {
  const bucket = await openRealBucket(t);
  const batchHead = Buffer.from(
    batchText({ origin: "o", writer: ALICE.name, epoch: 1, batch: 1, leafHashes: [] }),
  )
    .toString()
    .split("\n", 1)[0];
  const writer = {
    name: ALICE.name,
    sign: (text: Uint8Array) => {
      const signature = ALICE.sign(text);
      if (
        Buffer.from(text)
          .toString()
          .startsWith(batchHead ?? "")
      )
        signature[0] = (signature[0] ?? 0) ^ 1;
      return signature;
    },
  };
  const { enforcement } = await enforceAt(t, bucket.socketPath, { writer });
  assertBlocked(await enforcement.begin().enforce(say("hello"), null), 1);
  await enforcement.close();
  await bucket.stop();
  assert.deepEqual(
    bucket.denials.map(({ cause }) => cause),
    ["BATCH_SIGNATURE"],
  );
  assert.deepEqual(eventsOf(bucket.directory), []);
});

const VANISHING: Readonly<Record<string, (socket: Socket, message: AppendMessage) => void>> = {
  "hangs up": (socket) => socket.end(),
  "breaks off": (socket) => socket.destroy(),
  "answers for what was never sent": (socket) => socket.write(encodeCommitted(7)),
  "answers nonsense": (socket) => socket.write("committed, really"),
  "answers half, then breaks off": (socket, { batch }) => {
    socket.write(encodeCommitted(batch).subarray(0, 9), () => socket.destroy());
  },
};

for (const [name, meet] of Object.entries(VANISHING)) {
  test(`a Bucket that ${name}: unknown, so BLOCK, and never sent again`, async (t) => {
    let hasMet = false;
    const sent: string[] = [];
    const socketPath = await obligingBucket(t, (socket, message) => {
      sent.push(...idsIn(message));
      if (hasMet) socket.write(encodeCommitted(message.batch));
      else meet(socket, message);
      hasMet = true;
    });
    const { enforcement } = await enforceAt(t, socketPath);
    assertBlocked(await enforcement.begin().enforce(say("hello"), null), 1);
    await until(() => !enforcement.ready);
    await until(() => enforcement.ready);
    const next = await enforcement.begin().enforce(say("hello"), null);
    const ids = [`${ALICE.name}.1.1`, `${ALICE.name}.2.1`];
    assert.deepEqual([next.decision, next.enforcement_decision_id], ["EXECUTE", ids[1]]);
    assert.deepEqual(sent, ids);
  });
}

test("a Bucket that says nothing until the deadline: unknown, so BLOCK, whatever it says later", async (t) => {
  const late: (() => void)[] = [];
  const sent: string[] = [];
  const socketPath = await obligingBucket(t, (socket, message) => {
    sent.push(...idsIn(message));
    late.push(() => socket.write(encodeCommitted(message.batch)));
  });
  const pass = stopTimers(t);
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const { enforcement } = await enforceAt(t, socketPath);
  let isOut = false;
  const answer = enforcement.begin().enforce(say("hello"), null);
  void answer.finally(() => {
    isOut = true;
  });
  await until(() => late.length === 1);
  now = 4999;
  await pass(4999);
  assert.equal(isOut, false);
  now = 5000;
  await pass(1);
  assertBlocked(await answer, 1);
  for (const say of late) say();
  await pass(60_000);
  assert.deepEqual(sent, [`${ALICE.name}.1.1`]);
  assert.equal(enforcement.inFlight, 0);
});

test("a log that is poisoned answers nobody, so all that is under way is BLOCK", async (t) => {
  const { log, socketPath } = await openBucket(t);
  const { enforcement } = await enforceAt(t, socketPath);
  log.hold();
  const answers = [1, 2, 3].map(() => enforcement.begin().enforce(say("hello"), null));
  await until(() => log.size === 3);
  log.poison();
  for (const [at, answer] of (await Promise.all(answers)).entries()) assertBlocked(answer, at + 1);
});

async function bucketProcess(
  t: TestContext,
  directory: string,
): Promise<{ kill(): Promise<void>; stop(): void }> {
  const url = new URL("../../bucket/src/append/bucket-process.test-support.ts", import.meta.url);
  const child = spawn(process.execPath, [fileURLToPath(url), directory, join(directory, "s")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  assert.ok(child.stdout !== null);
  await once(child.stdout, "data");
  return {
    stop: () => {
      child.kill("SIGSTOP");
    },
    async kill() {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}

test("kill -9 of the Bucket: what is under way is BLOCK, what was released is in the log", async (t) => {
  const directory = temporaryFolder();
  const bucket = await bucketProcess(t, directory);
  const { enforcement } = await enforceAt(t, join(directory, "s"));
  const before = await enforcement.begin().enforce(say("hello"), null);
  assert.equal(before.decision, "EXECUTE");
  bucket.stop();
  const underWay = [2, 3, 4].map(() => enforcement.begin().enforce(say("hello"), null));
  await pause(20);
  assert.equal(enforcement.inFlight, 3);
  await bucket.kill();
  for (const [at, answer] of (await Promise.all(underWay)).entries()) assertBlocked(answer, at + 2);
  await enforcement.close();
  const again = await openRealBucket(t, directory);
  await again.stop();
  // A stopped process has read nothing, so here "once or not at all" is not at all.
  const ids = eventsOf(directory).map((event) => event.enforcement_decision_id);
  assert.deepEqual(ids, [before.enforcement_decision_id]);
});

type Fate = Exclude<Ending["ending"], "rejected"> | RejectionCode;

test("one attempt, one message, one fate: released is what was committed, and nothing else", async (t) => {
  const fates = fc.constantFrom<Fate>("committed", "committed", "unknown", ...CODES);
  const words = fc.constantFrom(...(Object.keys(WORDS) as (keyof typeof WORDS)[]));
  await fc.assert(
    fc.asyncProperty(
      fc.array(words, { minLength: 1, maxLength: 40 }),
      fc.array(fates, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 10 }),
      async (texts, plan, burst) => {
        const fateOf = new Map<string, Fate>();
        let messages = 0;
        const socketPath = await obligingBucket(t, (socket, message) => {
          const fate = plan[messages++ % plan.length] ?? "unknown";
          for (const id of idsIn(message)) {
            assert.equal(fateOf.has(id), false, "it was sent twice");
            fateOf.set(id, fate);
          }
          if (fate === "unknown") socket.destroy();
          else if (fate === "committed") socket.write(encodeCommitted(message.batch));
          else socket.write(encodeRejected(message.batch, fate));
        });
        const { enforcement } = await enforceAt(t, socketPath);
        for (let at = 0; at < texts.length; at += burst) {
          const together = texts.slice(at, at + burst);
          const answers = await Promise.all(
            together.map((text) => enforcement.begin().enforce(say(text), null)),
          );
          for (const [index, answer] of answers.entries()) {
            const isCommitted = fateOf.get(answer.enforcement_decision_id) === "committed";
            const word = together[index] ?? "hello";
            assert.equal(answer.decision, isCommitted ? WORDS[word] : "BLOCK");
            assert.equal(answer.status, answer.decision === "EXECUTE" ? "success" : "failed");
          }
        }
        await enforcement.close();
      },
    ),
    { numRuns: 40 },
  );
});
