import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { ALICE, BOB, batchOf } from "./ledger.test-support.ts";
import { indexed, type Served, serveLedger } from "./served.test-support.ts";
import type { State } from "./state-page.ts";

interface Timed {
  readonly checkpoints: readonly { readonly size: number; readonly time: string | null }[];
  readonly next?: number | null;
}

let served: Served;

const statuses = [
  {
    name: "witness.example",
    url: "http://witness.example/secret-path",
    cosignedSize: 300,
    cosignedAt: 1_763_757_900,
    failures: 2,
    lastError: "cannot connect",
    alarm: "forked",
  },
] as const;

before(async () => {
  const batches = Array.from({ length: 30 }, (_, i) => batchOf(ALICE, 1, i + 1, 1 + i * 10, 10));
  served = await serveLedger([...batches, batchOf(BOB, 1, 1, 5, 3)], {
    cosigned: { checkpoint: () => undefined, status: () => statuses },
  });
  await indexed(served, 303);
});

after(async () => {
  await served.stop();
});

async function read<T>(path: string): Promise<T> {
  const { status, body } = await served.read(path);
  assert.equal(status, 200, `${path}: ${body}`);
  return JSON.parse(body.toString()) as T;
}

test("the state is that of the log and of this process", async () => {
  await served.ask("/", "DELETE");
  const state = await read<State>("/v1/state");
  assert.equal(state.checkpoint?.size, 303);
  assert.ok(Date.parse(state.checkpoint?.at ?? "") <= Date.parse(state.now));
  assert.ok(Math.abs(Date.parse(state.now) - Date.now()) < 60_000);
  assert.deepEqual(state.log, await read("/v1/summary").then(withoutProcess));
  assert.equal(state.log?.missing, 4);
  assert.equal(state.stuck, null);
  assert.deepEqual(state.witnesses, [
    {
      name: "witness.example",
      cosignedSize: 300,
      cosignedAt: "2025-11-21T20:45:00.000Z",
      failures: 2,
      alarm: "forked",
    },
  ]);
  assert.equal(state.denials, null);
  assert.equal(state.violations, 1);
});

function withoutProcess(summary: unknown): unknown {
  const { published: _published, stuck: _stuck, ...rest } = summary as Record<string, unknown>;
  return rest;
}

test("checkpoints come with the time of their last event, to auditors alone", async () => {
  const { checkpoints, next } = await read<Timed>("/v1/checkpoints?limit=4");
  assert.equal(checkpoints[0]?.size, 303);
  for (const { size, time } of checkpoints) {
    const events = await read<{ events: { event: { timestamp: string } }[] }>(
      `/v1/events?from=${size - 1}&limit=1`,
    );
    assert.equal(time, events.events[0]?.event.timestamp);
  }
  assert.equal(next, checkpoints.at(-1)?.size);
  const open = await read<Timed>("/checkpoints?limit=4");
  assert.deepEqual(Object.keys(open.checkpoints[0] ?? {}), ["size", "root"]);
});

test("growth is a bounded number of real heads, the last one among them", async () => {
  const all = await read<Timed>("/v1/checkpoints?limit=900");
  const sizes = new Set(all.checkpoints.map(({ size }) => size));
  for (const points of [2, 7, 500]) {
    const { checkpoints } = await read<Timed>(`/v1/growth?points=${points}`);
    assert.ok(checkpoints.length <= points);
    assert.equal(checkpoints.at(-1)?.size, 303);
    for (const [at, { size }] of checkpoints.entries()) {
      assert.ok(sizes.has(size));
      assert.ok(size > (checkpoints[at - 1]?.size ?? 0));
    }
    if (points === 500) assert.equal(checkpoints.length, sizes.size);
  }
  assert.equal((await served.read("/v1/growth?points=501")).status, 400);
});

test("quotas and the chain of constitutions are those in force", async () => {
  const { quotas } = await read<{ quotas: { writer: string | null; of: string; used: number }[] }>(
    "/v1/quotas",
  );
  assert.equal(quotas.find(({ writer, of }) => writer === null && of === "events")?.used, 303);
  const { constitutions } = await read<{ constitutions: string[] }>("/v1/constitutions");
  const chain = verifyConstitutionChain(constitutions.map((text) => Buffer.from(text)));
  assert.equal(chain[0].constitution.writers.length, 2);
});
