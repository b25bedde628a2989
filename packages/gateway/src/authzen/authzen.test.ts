import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { serve } from "../gateway.test-support.ts";
import {
  alice,
  ask,
  ONE,
  ORIGIN,
  point,
  RECORDS,
  read,
  record,
  SEVERAL,
  WHOLE,
} from "./authzen.test-support.ts";

/**
 * The requests and decisions of the AuthZEN certification scenario for Authorization API 1.0, levels
 * Basic, Batch and Discovery, told in the shortest words.
 */
const bob = { type: "user", id: "bob" };
const admin = { ...bob, properties: { role: "admin" } };
const active = { ...record, properties: { status: "active" } };
const archived = { type: "record", id: "record-2", properties: { status: "archived" } };
const write = { name: "write" };
const soften = (soft: boolean): object => ({ name: "delete", properties: { soft } });

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
