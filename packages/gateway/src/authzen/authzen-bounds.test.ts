import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEvent } from "@writ/contract/event";
import { freshDirectory } from "../../../bucket/src/append/bucket.test-support.ts";
import { until } from "../../../enforce/src/enforce.test-support.ts";
import { addCaller } from "../callers.test-support.ts";
import { openCallers } from "../callers.ts";
import { serve } from "../gateway.test-support.ts";
import { alice, ask, ONE, point, RECORDS, read, SEVERAL, WHOLE } from "./authzen.test-support.ts";

test("callers' keys, categories and rates hold here too; each evaluation counts", async (t) => {
  const file = `${freshDirectory(t)}/gateway/callers`;
  const [desk, other, slow] = [
    addCaller(file, { name: "desk", categories: ["access"] }),
    addCaller(file, { name: "other", categories: ["say"] }),
    addCaller(file, { name: "slow", rate: 0.001, burst: 3 }),
  ];
  const served = await serve(
    t,
    {},
    { engine: RECORDS },
    { callers: openCallers(file), authzen: { category: "access" } },
  );
  const url = `http://127.0.0.1:${served.port}`;
  const by = (key: string | null): Record<string, string> => ({ authorization: `Bearer ${key}` });
  const statuses: [number, unknown][] = [];
  for (const headers of [{}, by("x"), by(other), by(desk)]) {
    const { status, body } = await ask(url, ONE, WHOLE, headers);
    statuses.push([status, body]);
  }
  assert.deepEqual(statuses, [
    [401, { decision: false }],
    [401, { decision: false }],
    [403, { decision: false }],
    [200, { decision: true }],
  ]);
  const five = { ...WHOLE, evaluations: [{}, {}, {}, {}, {}] };
  const said = (await ask(url, SEVERAL, five, by(slow))).body as { evaluations: object[] };
  assert.deepEqual(
    said.evaluations,
    [true, true, true, false, false].map((decision) => ({ decision })),
  );
  assert.equal((await ask(url, ONE, WHOLE, by(slow))).status, 429);
  const events = served.log.entries.map(decodeEvent);
  assert.deepEqual(
    events.map(({ evaluator_trace }) => evaluator_trace.caller),
    ["desk", "slow", "slow", "slow"],
  );
});

test("more evaluations than may be in flight wait for one another", async (t) => {
  const { url, events } = await point(t);
  const evaluations = Array.from({ length: 1_000 }, (_, i) => ({
    resource: { type: "record", id: `record-${i}` },
  }));
  const { body } = await ask(url, SEVERAL, { subject: alice, action: read, evaluations });
  const said = (body as { evaluations: { decision: boolean }[] }).evaluations;
  assert.equal(said.length, 1_000);
  assert.ok(said.every(({ decision }) => decision));
  assert.equal(new Set(events().map(({ trace_id }) => trace_id)).size, 1_000);
});

test("whoever leaves asks for nothing more", async (t) => {
  const { url, log, events, enforcement, connections } = await point(t);
  log.hold();
  const abort = new AbortController();
  const request = { ...WHOLE, options: { evaluations_semantic: "deny_on_first_deny" } };
  const left = fetch(url + SEVERAL, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...request, evaluations: [{}, {}, {}] }),
    signal: abort.signal,
  });
  while (log.entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  abort.abort();
  await assert.rejects(left);
  await until(() => connections() === 0);
  log.release();
  await until(() => enforcement.inFlight === 0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(events().length, 1);
});

test("a failure of the Bucket is false", async (t) => {
  const { url, log } = await point(t);
  log.breakDown();
  assert.deepEqual((await ask(url, ONE, WHOLE)).body, { decision: false });
  const { status, body } = await ask(url, SEVERAL, { ...WHOLE, evaluations: [{}, {}] });
  assert.deepEqual(
    [status, body],
    [200, { evaluations: [{ decision: false }, { decision: false }] }],
  );
});

test("a body beyond 1 MiB is refused, a UUID that names the thing is not", async (t) => {
  const { url } = await point(t);
  const long = { ...WHOLE, context: { text: "x".repeat(1_048_576) } };
  assert.equal((await ask(url, ONE, long)).status, 413);
  const id = "7240d0db-8ff0-41ec-98b2-34a096273b92";
  const named = { ...WHOLE, resource: { type: "record", id } };
  assert.deepEqual((await ask(url, ONE, named)).body, { decision: true });
  const transient = { ...WHOLE, context: { request: id } };
  assert.deepEqual((await ask(url, ONE, transient)).body, { decision: false });
});
