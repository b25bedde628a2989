import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { temporaryFolder, until } from "../../enforce/src/enforce.test-support.ts";
import { addCaller } from "./callers.test-support.ts";
import { openCallers } from "./callers.ts";
import { HELLO, parse, RawClient, serve } from "./gateway.test-support.ts";
import type { Refusal } from "./server.ts";

const SECRET = '{"category":"say","input":{"text":"secret"}}';

/** A request that keeps its connection. */
function asking(body: string, ...headers: readonly string[]): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return ["POST /v1/enforce HTTP/1.1", "Host: gateway", ...headers, length, "", body].join("\r\n");
}

function connected(t: TestContext, port: number): RawClient {
  const client = new RawClient(port);
  t.after(() => client.socket.destroy());
  return client;
}

/** The bytes of the first answer, but for the date, the ids, and what an id adds to the length. */
function masked(answers: string): string {
  const first = /^.*?"status":"\w+"\}/s.exec(answers)?.[0] ?? answers;
  return first
    .replace(/\r\nDate: [^\r]+/, "\r\nDate: D")
    .replace(/content-length: 1[67]\d/, "content-length: L")
    .replace(/[0-9a-f]{64}/, "T")
    .replace(/[0-9a-f]{16}\.\d+\.\d+/, "I");
}

function isWhole(answers: string, count: number): boolean {
  return (answers.match(/"status":"(success|failed)"\}/g) ?? []).length >= count;
}

async function answered(client: RawClient, count = 1): Promise<string> {
  await until(() => isWhole(client.received, count) || client.socket.destroyed);
  return client.received;
}

const HEALTH = "GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n";

/** The same on a fresh connection, and on one that is Node's since it asked for something else. */
async function both(t: TestContext, port: number, text: string): Promise<readonly string[]> {
  const fresh = connected(t, port);
  fresh.send(text);
  const nodes = connected(t, port);
  nodes.send(HEALTH);
  await until(() => nodes.received.endsWith("}"));
  const before = nodes.received.length;
  nodes.send(text);
  await until(() => isWhole(nodes.received, 1) || nodes.socket.destroyed);
  return [masked(await answered(fresh)), masked(nodes.received.slice(before))];
}

test("nothing in an answer tells whether Node read its request", async (t) => {
  const file = `${await temporaryFolder()}/callers`;
  const key = addCaller(file, { name: "ann", categories: ["say"] });
  const slow = addCaller(file, { name: "bob", rate: 0.001, burst: 1 });
  const { port } = await serve(t, {}, {}, { callers: openCallers(file) });
  const ann = `Authorization: Bearer ${key}`;
  const once = connected(t, port);
  once.send(asking(HELLO, `Authorization: Bearer ${slow}`));
  await answered(once);
  const requests: readonly (readonly [number, string])[] = [
    [200, asking(HELLO, ann)],
    [200, asking(SECRET, ann)],
    [200, asking("{", ann, "Content-Type: application/json")],
    [200, asking("", ann)],
    [200, asking(HELLO, ann, "connection: close")],
    [200, asking(HELLO, ann, "Connection: keep-alive", "Accept: */*")],
    [403, asking('{"category":"give","input":{"text":"hello"}}', ann)],
    [429, asking(HELLO, `Authorization: Bearer ${slow}`)],
    [401, asking(HELLO)],
    [415, asking(HELLO, ann, "content-type: ?")],
  ];
  for (const [status, text] of requests) {
    const [whole = "", parted] = await both(t, port, text);
    assert.equal(whole, parted, text);
    assert.equal(parse(whole).status, status, text);
  }
});

/** What may stand at any place of a request, or instead of what stands there. */
const ODD: readonly string[] = [
  "\r\n",
  "\n",
  "\r",
  "\0",
  " ",
  "\t",
  ":",
  "ü",
  "x",
  "0",
  "\r\nContent-Length: 3",
  "\r\nTransfer-Encoding: chunked",
  "\r\nConnection: close",
  "\r\nConnection: upgrade",
  "\r\nExpect: 100-continue",
  "\r\nHost: other",
  "\r\nOrigin: http://other",
  "\r\n folded",
];

test("whatever is sent, Node and the plain way make the same of it", async (t) => {
  const { port } = await serve(t, { requestMs: 400 });
  const text = asking(HELLO, "Accept: */*");
  const places = fc.integer({ min: 0, max: text.length - HELLO.length });
  const change = fc.tuple(places, fc.nat(2), fc.constantFrom(...ODD));
  const runs = fc.array(change, { minLength: 1, maxLength: 2 });
  const property = fc.asyncProperty(fc.array(runs, { minLength: 8, maxLength: 8 }), async (all) => {
    const odd = all.map((changes) =>
      changes.reduce((so, [at, cut, put]) => so.slice(0, at) + put + so.slice(at + cut), text),
    );
    const found = await Promise.all(odd.map((each) => both(t, port, each)));
    for (const [i, [whole, parted]] of found.entries()) {
      assert.equal(whole, parted, JSON.stringify(odd[i]));
    }
  });
  await fc.assert(property, { numRuns: Number(process.env.WRIT_FUZZ_RUNS ?? 12) });
});

test("what comes before an answer waits for it, plain or not", async (t) => {
  const { port, log } = await serve(t);
  log.hold();
  const client = connected(t, port);
  client.send(asking(HELLO));
  await until(() => log.submissions.length === 1);
  client.send(asking(SECRET));
  await sleep(20);
  client.send(`${asking(HELLO)}${asking(SECRET, "connection: close")}`);
  await sleep(20);
  assert.equal(client.received, "");
  log.release();
  const all = await client.ended;
  assert.deepEqual(
    [...all.matchAll(/"decision":"(\w+)"/g)].map(([, decision]) => decision),
    ["EXECUTE", "BLOCK", "EXECUTE", "BLOCK"],
  );
});

test("who sends and hangs up half gets the answer", async (t) => {
  const { port, log } = await serve(t);
  const client = connected(t, port);
  log.hold();
  client.send(asking(HELLO));
  await until(() => log.submissions.length === 1);
  client.socket.end();
  await sleep(20);
  log.release();
  assert.match(await client.ended, /"decision":"EXECUTE"/);
});

test("who leaves has been recorded all the same", async (t) => {
  const { port, log } = await serve(t);
  log.hold();
  const client = connected(t, port);
  client.send(asking(HELLO));
  await until(() => log.submissions.length === 1);
  client.socket.destroy();
  await sleep(20);
  log.release();
  await until(() => log.size === 1);
});

test("a gateway that closes hangs up on who asks nothing and answers who waits", async (t) => {
  const { port, log, close } = await serve(t);
  const idle = connected(t, port);
  idle.send(asking(HELLO));
  await answered(idle);
  const asked = connected(t, port);
  log.hold();
  asked.send(asking(HELLO));
  await until(() => log.submissions.length === 2);
  const closed = close();
  await idle.ended;
  log.release();
  const { status, headers } = parse(await asked.ended);
  assert.deepEqual([status, headers.includes("connection: close")], [200, true]);
  await closed;
});

test("who is silent is hung up on: before a request with an answer, after one without", async (t) => {
  const causes: Refusal["cause"][] = [];
  const onRefusal = ({ cause }: Refusal): number => causes.push(cause);
  const { port } = await serve(t, { requestMs: 120, idleMs: 120 }, {}, { onRefusal });
  const silent = connected(t, port);
  const idle = connected(t, port);
  idle.send(asking(HELLO));
  assert.equal(parse(await silent.ended).status, 408);
  assert.equal(isWhole(await idle.ended, 2), false);
  assert.deepEqual(causes, ["LATE"]);
});
