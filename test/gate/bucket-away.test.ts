import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { installConstitution } from "@writ/bucket/append/install";
import {
  type Constitution,
  constitutionDigest,
  formatConstitution,
} from "@writ/bucket/constitution";
import { signConstitution } from "@writ/bucket/constitution/chain";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import { MESSAGE } from "../../packages/bucket/src/append/messages.ts";
import { root } from "../root.ts";
import type { Carried, Meet } from "../rules/tap.ts";
import { until } from "../rules/world.ts";
import { Gate, headOf } from "./gate.ts";

const CALLERS = 200;

/** Callers go on while `strike` does its work, and are waited for. */
async function underLoad(gate: Gate, strike: () => Promise<void>): Promise<void> {
  const before = gate.callers.answers.length;
  gate.callers.start();
  try {
    await until(() => gate.callers.answers.length > before + CALLERS);
    await strike();
  } finally {
    await gate.callers.stop();
  }
}

/** Fails unless all that is asked for from now on is refused, and nothing is sent for it. */
async function requireAway(t: TestContext, gate: Gate): Promise<void> {
  const from = performance.now();
  const sent = gate.sent.append.length + gate.sent.admit.length;
  const { answers } = gate.callers;
  const known = answers.length;
  // The first of these are to calls that began before.
  await until(() => answers.length > known + 2 * CALLERS);
  const blocked = gate.requireBlocked(from, performance.now());
  assert.ok(blocked.length >= CALLERS, `${blocked.length} answers`);
  assert.deepEqual(gate.actedOn(blocked), [], "an adapter ran");
  assert.equal(gate.sent.append.length + gate.sent.admit.length, sent, "something was sent");
  t.diagnostic(`${blocked.length} calls while it was away: all BLOCK, nothing sent, nothing done`);
}

/** Starts the Bucket, and nothing else; then all is as before, under a higher epoch. */
async function requireReturn(gate: Gate): Promise<void> {
  const { epoch } = gate;
  await gate.startBucket();
  await gate.untilBack(epoch);
}

test("under 200 callers, a Bucket that is stopped, slow or killed is BLOCK and no more", async (t) => {
  const gate = await Gate.open();
  t.after(() => gate.abandon());

  await t.test("stopped: all is BLOCK, and service resumes by itself", async (t) => {
    await gate.requireService();
    await underLoad(gate, async () => {
      await gate.untilLost(async () => assert.equal(await gate.bucket.stop(), 0));
      await requireAway(t, gate);
      await requireReturn(gate);
    });
    await gate.requireService();
  });

  await t.test("slow by ten seconds: all is BLOCK once the deadline is over", async (t) => {
    const { epoch } = gate;
    const called = gate.endpoint.calls.length;
    const slow = new SlowBucket(10_000);
    gate.meet = slow.meet;
    const from = performance.now();
    const answers = await gate.callers.once();
    slow.recover();
    assert.equal(gate.requireBlocked(from, performance.now()).length, CALLERS);
    assert.equal(gate.endpoint.calls.length, called, "an adapter ran");
    const late = Math.max(...answers.map((one) => one.ended - one.began));
    t.diagnostic(`${answers.length} answers, all BLOCK, the last after ${late.toFixed(0)} ms`);
    await until(() => slow.isOver);
    await gate.requireService();
    // It was never gone, so its line and the epoch stand.
    assert.equal(gate.epoch, epoch);
  });

  await t.test("killed with half of an append: service resumes without it", async (t) => {
    await underLoad(gate, async () => {
      const cut = Promise.withResolvers<void>();
      gate.meet = halfOfAnAppend(cut.resolve);
      await cut.promise;
      await gate.untilLost(() => gate.bucket.kill());
      gate.meet = () => "pass";
      await requireAway(t, gate);
      await requireReturn(gate);
    });
    await gate.requireService();
  });

  await t.test("killed between the effect and its record: the result is withheld", async (t) => {
    const called = gate.endpoint.calls.length;
    gate.meet = ({ type }) => (type === MESSAGE.appendAdmitted ? "hold" : "pass");
    const from = performance.now();
    const asked = gate.callers.once();
    await until(() => gate.endpoint.calls.length === called + CALLERS / 2);
    await gate.bucket.kill();
    const wished = (await asked).filter(({ verb }) => verb === "execute");
    gate.meet = () => "pass";
    assert.equal(gate.actedOn(wished).length, CALLERS / 2);
    const refused = gate.requireBlocked(from, performance.now(), "execute");
    assert.equal(refused.length, CALLERS / 2);
    t.diagnostic(`${refused.length} were done, and none of them was said to be`);
    await requireReturn(gate);
    await gate.requireService();
  });

  await t.test("killed while it records: what was released is there", async (t) => {
    await underLoad(gate, async () => {
      const sent = gate.sent.append.length;
      await until(() => gate.sent.append.length > sent);
      await gate.untilLost(() => gate.bucket.kill());
      await requireAway(t, gate);
      await requireReturn(gate);
    });
    await gate.requireService();
  });

  await gate.close(t);
});

/** Lets all through but the first append, of which half goes on; nothing may follow that. */
function halfOfAnAppend(onCut: () => void): Meet {
  return (carried) => {
    if (carried.direction === "to the writer") return "pass";
    if (carried.type === MESSAGE.append && !carried.line.hasCut) {
      carried.line.writeSome(carried, carried.body.length >> 1);
      onCut();
    }
    return carried.line.hasCut ? "hold" : "pass";
  };
}

/** What the Bucket says arrives so much later, in its order. */
class SlowBucket {
  readonly #ms: number;
  #late = 0;
  #lastDue = 0;
  #hasRecovered = false;

  constructor(ms: number) {
    this.#ms = ms;
  }

  readonly meet: Meet = (carried) => {
    if (carried.direction === "to the Bucket") return "pass";
    if (this.#hasRecovered && this.isOver) return "pass";
    this.#delay(carried);
    return "hold";
  };

  get isOver(): boolean {
    return this.#late === 0;
  }

  /** What it says from now on takes no longer than what it said before. */
  recover(): void {
    this.#hasRecovered = true;
  }

  #delay(carried: Carried): void {
    const now = performance.now();
    if (!this.#hasRecovered) this.#lastDue = now + this.#ms;
    this.#late += 1;
    setTimeout(
      () => {
        this.#late -= 1;
        carried.deliver();
      },
      Math.max(0, this.#lastDue - now),
    );
  }
}

test("under 200 callers, a Bucket whose quota is used up is BLOCK until there is a larger one", async (t) => {
  const room = 20;
  const gate = await Gate.open({ amend: (one) => withQuota(one, CALLERS + room) });
  t.after(() => gate.abandon());
  await gate.requireService();
  // One after the other: of a message with several events, all are rejected if one is too many.
  for (let left = room; left > 0; left -= 1) {
    assert.equal((await gate.callers.call(left)).decision, "EXECUTE");
  }
  const called = gate.endpoint.calls.length;
  const from = performance.now();
  await gate.callers.once();
  await gate.callers.once();
  assert.equal(gate.requireBlocked(from, performance.now()).length, 2 * CALLERS);
  assert.equal(gate.endpoint.calls.length, called, "an adapter ran");
  await until(() => gate.bucket.stderr.includes("QUOTA_EXCEEDED"));
  await gate.untilLost(async () => assert.equal(await gate.bucket.stop(), 0));
  enlargeQuota(gate);
  await requireReturn(gate);
  await gate.requireService();
  await gate.close(t);
});

function withQuota(one: Constitution, events: number): Constitution {
  const writers = one.writers.map((writer) => ({ ...writer, quota: { ...writer.quota, events } }));
  return { ...one, writers };
}

/** As those who govern would: a new constitution, from the log's end on. */
function enlargeQuota({ place: { deployment, constitution } }: Gate): void {
  const { bucket, guard, governanceKey } = deployment;
  const text = formatConstitution({
    ...withQuota(constitution, 100_000),
    predecessor: { digest: digestOf(constitution) },
    from: headOf(bucket),
  });
  const governor = parseSignerKey(signerKeyLine(readFileSync(governanceKey, "utf8")));
  installConstitution({
    directory: bucket,
    guard,
    note: signConstitution(text, [governor]),
  });
}

function digestOf(constitution: Constitution): string {
  return Buffer.from(constitutionDigest(formatConstitution(constitution))).toString("hex");
}

test("under 200 callers, a Bucket on a disk that has become read-only is BLOCK until it is not", async (t) => {
  // Its segments are so small that it soon needs a new one.
  const gate = await Gate.open({}, [join(root, "test", "faults", "small-bucket.ts")]);
  t.after(() => gate.abandon());
  await gate.requireService();
  await underLoad(gate, async () => {
    const restore = makeReadOnly(gate.place.deployment.data);
    await gate.untilLost(() => gate.bucket.ended);
    assert.match(gate.bucket.stderr, /EACCES|no permission/);
    await assert.rejects(gate.startBucket(), /EACCES|no permission/);
    await requireAway(t, gate);
    restore();
    await requireReturn(gate);
  });
  await gate.requireService();
  await gate.close(t);
});

/** Takes everybody's leave to write from a folder and all in it; gives the way back. */
function makeReadOnly(folder: string): () => void {
  const taken = new Map<string, number>();
  const take = (path: string): void => {
    const { mode } = statSync(path);
    chmodSync(path, mode & 0o555);
    taken.set(path, mode);
  };
  take(folder);
  // Directories first: from then on no file comes or goes.
  for (const isDirectory of [true, false]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory() === isDirectory) take(join(entry.parentPath, entry.name));
    }
  }
  return () => {
    for (const [path, mode] of taken) chmodSync(path, mode);
  };
}
