import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { decodeEvent, type Event } from "@writ/contract/event";
import { freshDirectory } from "../../../bucket/src/append/bucket.test-support.ts";
import { addCaller } from "../callers.test-support.ts";
import { openCallers } from "../callers.ts";
import { type Served, serve } from "../gateway.test-support.ts";
import type { GatewayLimits } from "../limits.ts";
import { RECORDS } from "./authzen.test-support.ts";

/**
 * The requests and decisions of the AuthZEN certification scenario for Authorization API 1.0, levels
 * Basic, Batch and Discovery, told in the shortest words.
 */
const alice = { type: "user", id: "alice" };
const bob = { type: "user", id: "bob" };
const admin = { ...bob, properties: { role: "admin" } };
const record = { type: "record", id: "record-1" };
const active = { ...record, properties: { status: "active" } };
const archived = { type: "record", id: "record-2", properties: { status: "archived" } };
const [read, write] = [{ name: "read" }, { name: "write" }];
const soften = (soft: boolean): object => ({ name: "delete", properties: { soft } });

interface Point extends Served {
  readonly url: string;
  events(): readonly Event[];
}

const ORIGIN = "https://pdp.example.com";

async function point(t: TestContext, limits: Partial<GatewayLimits> = {}): Promise<Point> {
  const options = { authzen: { category: "access", url: ORIGIN } };
  const served = await serve(t, limits, { engine: RECORDS }, options);
  return {
    ...served,
    url: `http://127.0.0.1:${served.port}`,
    events: () => served.log.entries.map(decodeEvent),
  };
}

interface Said {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

async function ask(
  url: string,
  path: string,
  body: object | string,
  headers: Record<string, string> = {},
): Promise<Said> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

const ONE = "/access/v1/evaluation";
const SEVERAL = "/access/v1/evaluations";

const DECISIONS: readonly (readonly [object, boolean])[] = [
  [{ subject: alice, action: read, resource: record }, true],
  [{ subject: alice, action: write, resource: record }, true],
  [{ subject: bob, action: read, resource: record }, true],
  [{ subject: bob, action: write, resource: record }, false],
  [{ subject: alice, action: write, resource: archived }, false],
  [{ subject: admin, action: write, resource: archived }, true],
  [{ subject: alice, action: soften(true), resource: record }, true],
  [{ subject: alice, action: soften(false), resource: record }, false],
  [{ subject: { ...alice, id: "mallory" }, action: read, resource: record }, false],
  // What the policy's shape does not take is no error of the request.
  [{ subject: { ...alice, type: "robot" }, action: read, resource: record }, false],
  [
    {
      subject: alice,
      action: read,
      resource: record,
      context: { time: "2025-06-27T18:03-07:00", ip: "192.168.1.1" },
    },
    true,
  ],
  [{ subject: alice, action: read, resource: record, host: { caller: "x" }, more: 1 }, true],
];

test("each decision is an attempt of its own; EXECUTE is true and everything else false", async (t) => {
  const { url, events } = await point(t);
  for (const [request, decision] of DECISIONS) {
    for (const path of [ONE, SEVERAL, SEVERAL]) {
      const { status, body, headers } = await ask(url, path, request);
      assert.equal(status, 200);
      assert.deepEqual(body, { decision }, JSON.stringify(request));
      assert.match(headers.get("content-type") ?? "", /^application\/json\b/);
      assert.equal(headers.get("x-request-id"), null);
    }
  }
  const recorded = events();
  assert.equal(recorded.length, 3 * DECISIONS.length);
  const words = recorded.map(({ decision }) => decision === "ALLOW");
  assert.deepEqual(
    words,
    DECISIONS.flatMap(([, decision]) => [decision, decision, decision]),
  );
  assert.ok(recorded.some(({ decision }) => decision === "REWRITE"));
  // The same evaluation by either path is the same input.
  assert.equal(new Set(recorded.map(({ trace_id }) => trace_id)).size, DECISIONS.length - 1);
});

test("what is judged is the four members, as over the gateway's own path", async (t) => {
  const { url, events } = await point(t);
  const input = { subject: alice, action: read, resource: record, context: { ip: "::1" } };
  await ask(url, ONE, { ...input, further: "ignored", evaluations: "ignored too" });
  await ask(url, "/v1/enforce", { category: "access", input });
  const [one, other] = events();
  assert.equal(one?.trace_id, other?.trace_id);
});

test("several evaluations inherit whole members, and keep their order", async (t) => {
  const { url, events } = await point(t);
  const cases: readonly (readonly [object, readonly boolean[]])[] = [
    [
      { subject: bob, resource: record, evaluations: [{ action: read }, { action: write }] },
      [true, false],
    ],
    [
      {
        subject: alice,
        action: write,
        evaluations: [{ resource: active }, { resource: archived }],
      },
      [true, false],
    ],
    [
      { action: write, resource: archived, evaluations: [{ subject: alice }, { subject: admin }] },
      [false, true],
    ],
    [
      {
        evaluations: [
          { subject: alice, action: read, resource: record },
          { subject: bob, action: write, resource: record },
        ],
      },
      [true, false],
    ],
    [
      {
        subject: alice,
        action: write,
        resource: active,
        evaluations: [{}, { resource: archived }],
      },
      [true, false],
    ],
    [
      {
        subject: alice,
        action: read,
        context: { time: "2025-06-27T18:03-07:00" },
        evaluations: [{ resource: record }, { resource: record, context: { source: "own" } }],
      },
      [true, true],
    ],
    // An element that is no evaluation is denied, and the others are not.
    [
      {
        subject: alice,
        action: read,
        options: { evaluations_semantic: "execute_all", other: [] },
        evaluations: [
          { resource: record },
          {},
          { resource: record, action: { name: 1 } },
          { resource: record, subject: null },
          "x",
        ],
      },
      [true, false, false, false, false],
    ],
  ];
  for (const [request, expected] of cases) {
    const { status, body } = await ask(url, SEVERAL, request);
    assert.equal(status, 200);
    assert.deepEqual(body, { evaluations: expected.map((decision) => ({ decision })) });
  }
  assert.equal(events().length, cases.flatMap(([, expected]) => expected).length);
  const lacking = '{"action":{"name":"read"},"subject":{"id":"alice","type":"user"}}';
  const [malformed] = events().filter(({ reason_code }) => reason_code === "MALFORMED_INPUT");
  assert.equal(malformed?.action_type, "unrecognized");
  const form = `"${hash("sha256", lacking, "hex")}"access${RECORDS.version}`;
  assert.equal(malformed?.trace_id, hash("sha256", form, "hex"));
});

test("a semantic stops at the first decision that it asks for, and later ones are no attempts", async (t) => {
  const { url, events } = await point(t);
  const mixed = {
    subject: alice,
    action: write,
    evaluations: [{ resource: active }, { resource: archived }, { resource: active }],
  };
  const decided = async (evaluations_semantic: string, request: object): Promise<unknown> => {
    const { body } = await ask(url, SEVERAL, { ...request, options: { evaluations_semantic } });
    const { evaluations } = body as { evaluations: { decision: boolean }[] };
    return evaluations.map(({ decision }) => decision);
  };
  assert.deepEqual(await decided("execute_all", mixed), [true, false, true]);
  assert.deepEqual(await decided("deny_on_first_deny", mixed), [true, false]);
  assert.deepEqual(await decided("permit_on_first_permit", mixed), [true]);
  const turned = { ...mixed, evaluations: mixed.evaluations.slice(1) };
  assert.deepEqual(await decided("deny_on_first_deny", turned), [false]);
  assert.deepEqual(await decided("permit_on_first_permit", turned), [false, true]);
  assert.equal(events().length, 3 + 2 + 1 + 1 + 2);
});

test("none among the evaluations is one evaluation", async (t) => {
  const { url } = await point(t);
  const request = { subject: alice, action: read, resource: record, evaluations: [] };
  assert.deepEqual((await ask(url, SEVERAL, request)).body, { decision: true });
});

const WHOLE = { subject: alice, action: read, resource: record };
const WRONG: readonly (object | string)[] = [
  { action: read, resource: record },
  { subject: alice, resource: record },
  { subject: alice, action: read },
  { ...WHOLE, subject: { id: "alice" } },
  { ...WHOLE, subject: { type: "user" } },
  { ...WHOLE, action: {} },
  { ...WHOLE, resource: { id: "record-1" } },
  { ...WHOLE, resource: { type: "record" } },
  { ...WHOLE, subject: "alice" },
  { ...WHOLE, action: { name: 123 } },
  { ...WHOLE, subject: { ...alice, properties: "x" } },
  { ...WHOLE, context: null },
  { ...WHOLE, context: [] },
  "",
  "{",
  "[]",
  '"subject"',
  `{"subject":{"type":"user","id":"mallory","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}}`,
  `{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"},"context":${'{"a":'.repeat(64)}1${"}".repeat(64)}}`,
];

const WRONG_SEVERAL: readonly object[] = [
  { ...WHOLE, evaluations: {} },
  { ...WHOLE, evaluations: [{}], options: [] },
  { ...WHOLE, evaluations: [{}], options: { evaluations_semantic: "allow_all" } },
  { ...WHOLE, evaluations: [{}], options: { evaluations_semantic: null } },
  { ...WHOLE, subject: "alice", evaluations: [{ subject: alice }] },
  { ...WHOLE, evaluations: Array.from({ length: 1_001 }, () => ({})) },
];

test("what is no evaluation is refused with 400, false, and nothing recorded", async (t) => {
  const { url, events } = await point(t);
  const tries = [
    ...WRONG.flatMap((body) => [[ONE, body] as const, [SEVERAL, body] as const]),
    ...WRONG_SEVERAL.map((body) => [SEVERAL, body] as const),
  ];
  for (const [path, body] of tries) {
    const said = await ask(url, path, body, { "x-request-id": "a b\tc" });
    assert.equal(said.status, 400, JSON.stringify(body).slice(0, 200));
    assert.deepEqual(said.body, { decision: false });
    assert.equal(said.headers.get("x-request-id"), "a b\tc");
  }
  for (const type of ["text/plain", "application/x-ndjson", "application/jsonx", ";"]) {
    const { status, body } = await ask(url, ONE, WHOLE, { "content-type": type });
    assert.equal(status, 400, type);
    assert.deepEqual(body, { decision: false });
  }
  const charset = { "content-type": "Application/JSON; charset=utf-8" };
  assert.deepEqual((await ask(url, ONE, WHOLE, charset)).body, { decision: true });
  assert.equal(events().length, 1);
});

test("the request's id comes back with every answer", async (t) => {
  const { url } = await point(t);
  const id = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716";
  const tries: readonly (readonly [string, object])[] = [
    [ONE, WHOLE],
    [SEVERAL, { ...WHOLE, evaluations: [{}] }],
    [ONE, {}],
    ["/access/v1/search/subject", WHOLE],
  ];
  for (const [path, body] of tries) {
    const { headers } = await ask(url, path, body, { "x-request-id": id });
    assert.equal(headers.get("x-request-id"), id);
  }
});

test("what is not served is not found, and denies", async (t) => {
  const { url, events } = await point(t);
  const search = await ask(url, "/access/v1/search/subject", WHOLE);
  assert.deepEqual([search.status, search.body], [404, { decision: false }]);
  const got = await fetch(url + ONE);
  assert.deepEqual([got.status, await got.json()], [405, { decision: false }]);
  assert.equal(events().length, 0);
  const bare = await serve(t, {}, { engine: RECORDS });
  for (const path of [ONE, SEVERAL]) {
    const said = await ask(`http://127.0.0.1:${bare.port}`, path, WHOLE);
    assert.deepEqual([said.status, said.body], [404, { decision: false }]);
  }
  const metadata = await fetch(`http://127.0.0.1:${bare.port}/.well-known/authzen-configuration`);
  assert.equal(metadata.status, 404);
});

test("the metadata names what is served, under the public name", async (t) => {
  const { url } = await point(t);
  const response = await fetch(`${url}/.well-known/authzen-configuration`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json\b/);
  assert.deepEqual(await response.json(), {
    policy_decision_point: ORIGIN,
    access_evaluation_endpoint: `${ORIGIN}/access/v1/evaluation`,
    access_evaluations_endpoint: `${ORIGIN}/access/v1/evaluations`,
  });
});

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
  const { url, log, events } = await point(t);
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
  await new Promise((resolve) => setTimeout(resolve, 50));
  log.release();
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
