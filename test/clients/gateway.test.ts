import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { decodeEvent } from "@writ/contract/event";
import { type Asked, createClient } from "../../packages/client/src/client.ts";
import { addCaller } from "../../packages/gateway/src/callers.test-support.ts";
import { openCallers } from "../../packages/gateway/src/callers.ts";
import { type Served, serve } from "../../packages/gateway/src/gateway.test-support.ts";
import { temporaryFolder } from "../serving.ts";
import { askInPython, withoutPython } from "./python-client.ts";

/** One call, as both clients are told of it. */
interface Call {
  readonly url: string;
  readonly key?: string;
  readonly deadline_ms?: number;
  readonly verb?: "enforce" | "execute";
  readonly category?: string;
  readonly input?: object;
  readonly asked?: readonly (readonly [string, object])[];
}

type Said = Readonly<Record<string, unknown>>;

/** What one client returns for some calls, made at the same time. */
type Clients = (calls: readonly Call[]) => Promise<unknown[]>;

function askInTypeScript(calls: readonly Call[]): Promise<unknown[]> {
  return Promise.all(
    calls.map(({ url, key, deadline_ms = 20_000, verb = "enforce", ...call }) => {
      const client = createClient({ url, deadlineMs: deadline_ms, ...(key && { key }) });
      if (call.asked === undefined) return client[verb](call.category ?? "", call.input ?? {});
      const asked = call.asked.map(([category, input]): Asked => ({ category, input }));
      return client.enforceAll(asked);
    }),
  );
}

interface World {
  readonly served: Served;
  readonly url: string;
  readonly desk: string;
  readonly narrow: string;
  readonly slow: string;
}

/** A gateway whose adapter carries out `say`, with three callers. */
async function world(t: TestContext): Promise<World> {
  const file = `${temporaryFolder()}/gateway/callers`;
  const desk = addCaller(file, { name: "desk" }) ?? "";
  const narrow = addCaller(file, { name: "narrow", categories: ["give"] }) ?? "";
  const slow = addCaller(file, { name: "slow", rate: 0.001, burst: 1 }) ?? "";
  const adapter = {
    name: "mouth",
    deadlineMs: 5_000,
    maxResultBytes: 999,
    run: async ({ input }: { input: unknown }) => ({ said: input }),
  };
  const changes = { adapters: new Map([["say", adapter]]) };
  const served = await serve(t, {}, changes, { callers: openCallers(file) });
  return { served, url: `http://127.0.0.1:${served.port}`, desk, narrow, slow };
}

function assertLike(answer: unknown, expected: Said): void {
  const said = answer as Said;
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, said[name]]));
  assert.deepEqual(found, expected, JSON.stringify(answer));
}

async function assertContract(t: TestContext, ask: Clients): Promise<void> {
  const { served, url, desk, narrow, slow } = await world(t);
  const key = desk;
  const say = (text: string): Pick<Call, "category" | "input"> => ({
    category: "say",
    input: { text },
  });
  const cases: readonly (readonly [Call, Said])[] = [
    [
      { url, key, ...say("hello") },
      { decision: "EXECUTE", status: "success" },
    ],
    [{ url, key, ...say("Grüße, 世界 😀") }, { decision: "EXECUTE" }],
    [
      { url, key, ...say("loud") },
      { decision: "REWRITE", rewrite_class: "LOWER_VOICE" },
    ],
    [
      { url, key, ...say("secret") },
      { decision: "BLOCK", why: "DECIDED", status: "failed" },
    ],
    [
      { url, key, category: "say", input: {} },
      { decision: "BLOCK", why: "DECIDED" },
    ],
    [{ url, key, category: "give", input: { text: "x" } }, { decision: "EXECUTE" }],
    [
      { url, key, category: "Nonsense!", input: {} },
      { decision: "BLOCK", why: "DECIDED" },
    ],
    [
      { url, key, verb: "execute", ...say("Hello") },
      { decision: "EXECUTE", result: { said: { text: "Hello" } } },
    ],
    [{ url, key, verb: "execute", ...say("loud") }, { decision: "REWRITE" }],
    [
      { url, key, verb: "execute", ...say("secret") },
      { decision: "BLOCK", why: "DECIDED" },
    ],
    [
      { url, key, verb: "execute", category: "give", input: { text: "x" } },
      { decision: "BLOCK", why: "DECIDED" },
    ],
  ];
  const refused: readonly (readonly [Call, Said])[] = [
    [
      { url, ...say("hello") },
      { decision: "BLOCK", why: "HTTP_STATUS", http_status: 401 },
    ],
    [
      { url, key: `writ_${"x".repeat(43)}`, ...say("hello") },
      { decision: "BLOCK", why: "HTTP_STATUS", http_status: 401, trace_id: null },
    ],
    [
      { url, key: narrow, ...say("hello") },
      { why: "HTTP_STATUS", http_status: 403 },
    ],
    [
      { url: `${url}/elsewhere`, key, ...say("hello") },
      { why: "HTTP_STATUS", http_status: 404 },
    ],
    [
      { url, key, ...say("x".repeat(3_000_000)) },
      { decision: "BLOCK", why: "HTTP_STATUS", http_status: 413 },
    ],
  ];
  const all = [...cases, ...refused];
  const rated = { url, key: slow, ...say("a") };
  const said = await ask([...all.map(([call]) => call), rated, rated]);
  const answers = said.slice(0, all.length);
  for (const [i, [, expected]] of all.entries()) assertLike(answers[i], expected);
  const two = said.slice(all.length);
  // Beside it nothing else of this caller might have room.
  const [batch] = await ask([{ url, key, asked: BATCH }]);
  assertBatch(batch);
  const words = two.map((answer) => (answer as Said).decision);
  assert.deepEqual(words.sort(), ["BLOCK", "EXECUTE"]);
  assert.ok(two.some((answer) => (answer as Said).http_status === 429));
  // Every answer that names a record has one, and no other was made.
  const named = [...answers, ...two, ...(batch as Said[])].flatMap(
    (answer) => (answer as Said).enforcement_decision_id ?? [],
  );
  const events = served.log.entries.map((entry) => decodeEvent(entry));
  assert.deepEqual(events.map((event) => event.enforcement_decision_id).sort(), named.sort());
  assert.equal(named.length, cases.length + 1 + BATCH.length);
  await served.close();
  const [gone] = await ask([{ url, key, ...say("hello") }]);
  assertLike(gone, { decision: "BLOCK", why: "UNREACHABLE" });
}

/** More lines than one request takes. */
const BATCH = Array.from({ length: 600 }, (_, i): [string, object] => [
  "say",
  { text: ["hello", "loud", "secret", "good morning"][i % 4] },
]);

/** Each line is an attempt of its own, and its answer stands in its place. */
function assertBatch(batch: unknown): void {
  const answers = batch as Said[];
  const expected = ["EXECUTE", "REWRITE", "BLOCK", "EXECUTE"];
  assert.deepEqual(
    answers.map(({ decision }) => decision),
    BATCH.map((_, i) => expected[i % 4]),
  );
  assert.equal(new Set(answers.map((answer) => answer.enforcement_decision_id)).size, 600);
}

test("the TypeScript client says what the gateway says, and BLOCK for what it refuses", (t) =>
  assertContract(t, askInTypeScript));

test("the Python client says the same", { skip: withoutPython }, (t) =>
  assertContract(t, (calls) => askInPython(calls)),
);

test("what JSON cannot say is judged by nobody", async (t) => {
  const { served, url, desk } = await world(t);
  const client = createClient({ url, key: desk });
  const cycle: Record<string, unknown> = { text: "hello" };
  cycle.self = cycle;
  const odd: readonly object[] = [
    { text: Number.NaN },
    { text: Number.POSITIVE_INFINITY },
    { text: 1n },
    { text: () => "hello" },
    { text: Symbol("hello") },
    { text: new Date(0) },
    { text: new Map() },
    { text: { toJSON: () => "hello" } },
    { list: [undefined] },
    [],
    cycle,
  ];
  for (const input of odd) {
    assertLike(await client.enforce("say", input), { decision: "BLOCK", why: "INPUT" });
  }
  const answers = await client.enforceAll(
    [...odd, { text: "hello" }].map((input) => ({ category: "say", input })),
  );
  assert.deepEqual(
    answers.map(({ decision }) => decision),
    [...odd.map(() => "BLOCK"), "EXECUTE"],
  );
  assert.equal(served.log.entries.length, 1);
  assertLike(await client.enforce("say", { text: "hello", other: undefined }), {
    decision: "EXECUTE",
  });
});

test("a call that was given up is BLOCK, and so is one whose signal was raised before", async (t) => {
  const { served, url, desk } = await world(t);
  const client = createClient({ url, key: desk });
  served.log.hold();
  const abort = new AbortController();
  const answer = client.enforce("say", { text: "hello" }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  assertLike(await answer, { decision: "BLOCK", why: "ABORTED" });
  const late = await client.enforce("say", { text: "hello" }, { deadlineMs: 30 });
  assertLike(late, { decision: "BLOCK", why: "LATE" });
  served.log.release();
  const before = await client.enforce("say", { text: "hello" }, { signal: abort.signal });
  assertLike(before, { decision: "BLOCK", why: "ABORTED" });
});

test("options that no call could be made with are refused", () => {
  const url = "http://127.0.0.1:8420";
  const wrong = [
    { url: "127.0.0.1:8420" },
    { url: "ftp://127.0.0.1" },
    { url: "http://desk:secret@127.0.0.1" },
    { url: `${url}?x` },
    { url, key: "writ_short" },
    { url, key: `writ_${"k".repeat(43)}\r\n` },
    { url, deadlineMs: 0 },
    { url, deadlineMs: Number.NaN },
    { url, maxAnswerBytes: -1 },
  ];
  for (const options of wrong) {
    assert.throws(() => createClient(options), { code: "CLIENT_REFUSED" }, JSON.stringify(options));
  }
});
