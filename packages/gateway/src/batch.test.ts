import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Adapter } from "@writ/enforce/adapter";
import fc from "fast-check";
import { temporaryFolder, until } from "../../enforce/src/enforce.test-support.ts";
import { addCaller, revokeCaller } from "./callers.test-support.ts";
import { openCallers } from "./callers.ts";
import { exchange, parse, RawClient, request, type Served, serve } from "./gateway.test-support.ts";
import { maxBodyBytes } from "./limits.ts";

const LINE = "POST /v1/enforce HTTP/1.1";
const TYPE = "content-type: application/x-ndjson";
const REFUSED = { decision: "BLOCK", status: "failed" };
const say = (text: string): string => JSON.stringify({ category: "say", input: { text } });

function batch(body: string | Uint8Array, ...headers: readonly string[]): Uint8Array {
  const head = request(LINE, [TYPE, `content-length: ${Buffer.byteLength(body)}`, ...headers]);
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

interface Answered {
  readonly decision: string;
  readonly status: string;
  readonly enforcement_decision_id?: string;
}

/** The answers of a batch, out of its chunks. */
function answers(response: string): Answered[] {
  return (response.match(/\{"decision"[^{}]*\}(?=\n)/g) ?? []).map((line) => JSON.parse(line));
}

const sequenceOf = ({ enforcement_decision_id: id }: Answered): number =>
  Number(id?.split(".").at(-1) ?? 0);

async function openBatch(
  t: TestContext,
  ...limits: Parameters<typeof serve> extends [unknown, ...infer R] ? R : never
): Promise<Served & { readonly client: RawClient }> {
  const served = await serve(t, ...limits);
  const client = new RawClient(served.port);
  client.send(request(LINE, [TYPE, "transfer-encoding: chunked"]));
  t.after(() => client.socket.destroy());
  return { ...served, client };
}

test("each line is an attempt of its own, answered in its place", async (t) => {
  const { port, log } = await serve(t);
  const lines = [say("hello"), say("secret"), say("loud"), "{", "", say("hello")];
  const text = await exchange(port, batch(`${lines.join("\n")}\n`));
  assert.ok(parse(text).headers.includes("content-type: application/x-ndjson"));
  const told = answers(text);
  assert.deepEqual(
    told.map(({ decision }) => decision),
    ["EXECUTE", "BLOCK", "REWRITE", "BLOCK", "BLOCK", "EXECUTE"],
  );
  assert.deepEqual(told.map(sequenceOf), [1, 2, 3, 4, 5, 6]);
  assert.equal(log.size, 6);
});

test("an empty batch has no answer, and one line may lack its LF", async (t) => {
  const { port, log } = await serve(t);
  assert.deepEqual(answers(await exchange(port, batch(""))), []);
  assert.equal(answers(await exchange(port, batch(say("hello")))).length, 1);
  assert.equal(answers(await exchange(port, batch("\n"))).length, 1);
  assert.equal(log.size, 2);
});

test("answers are the lines' own, in their order, however they are cut and whenever they end", async (t) => {
  const { port } = await serve(t, { batchInFlight: 7 });
  const words = ["hello", "secret", "loud"] as const;
  const outcome = { hello: "EXECUTE", secret: "BLOCK", loud: "REWRITE" } as const;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...words), { maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 10 }),
      async (said, sizes) => {
        const body = said.map((word) => `${say(word)}\n`).join("");
        let sent = request(LINE, [TYPE, "transfer-encoding: chunked"]);
        for (let at = 0, turn = 0; at < body.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          sent += chunk(body.slice(at, at + size));
          at += size;
        }
        const told = answers(await exchange(port, `${sent}0\r\n\r\n`));
        assert.deepEqual(
          told.map(({ decision }) => decision),
          said.map((word) => outcome[word]),
        );
        const order = told.map(sequenceOf);
        assert.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        );
      },
    ),
    { numRuns: 25 },
  );
});

test("an answer comes while the next line is still to be sent", async (t) => {
  const { client } = await openBatch(t);
  for (let line = 1; line <= 3; line += 1) {
    client.send(chunk(`${say("hello")}\n`));
    await until(() => answers(client.received).length === line);
  }
  client.send("0\r\n\r\n");
  assert.equal(answers(await client.ended).length, 3);
});

test("a line of the greatest size is an attempt, a larger one its own refusal", async (t) => {
  const { port, log, gateway } = await serve(t);
  const large = (size: number): string => `${say("hello").slice(0, -3)}${"x".repeat(size)}`;
  const fits = large(maxBodyBytes - large(0).length);
  const body = [fits, `${fits}x`, say("hello"), "x".repeat(3 * maxBodyBytes)].join("\n");
  const told = answers(await exchange(port, batch(body)));
  assert.deepEqual(told[1], REFUSED);
  assert.deepEqual(told[3], REFUSED);
  assert.deepEqual(told.map(sequenceOf), [1, 0, 2, 0]);
  assert.equal(log.size, 2);
  const { bodyBytes, batches } = gateway.load;
  assert.deepEqual([bodyBytes, batches], [0, 0]);
});

test("a batch reads no further than its bound while nothing of it ends", async (t) => {
  const { client, log, enforcement } = await openBatch(t, { batchInFlight: 5 });
  log.hold();
  client.send(chunk(`${say("hello")}\n`.repeat(50)));
  await until(() => enforcement.inFlight === 5);
  await sleep(30);
  assert.equal(enforcement.inFlight, 5);
  log.release();
  client.send("0\r\n\r\n");
  assert.equal(answers(await client.ended).length, 50);
  assert.equal(log.size, 50);
});

test("a batch that alone fills the gateway goes on as its lines end; what others fill is refused", async (t) => {
  const { client, port, log, enforcement } = await openBatch(t, {}, { maxInFlight: 3 });
  log.hold();
  client.send(`${chunk(`${say("hello")}\n`.repeat(9))}0\r\n\r\n`);
  await until(() => enforcement.inFlight === 3);
  assert.deepEqual(answers(await exchange(port, batch(`${say("hello")}\n`))), [REFUSED]);
  log.release();
  const told = answers(await client.ended);
  assert.deepEqual(told.map(sequenceOf), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a caller who takes no answers in is read no further, and cut off in time", async (t) => {
  const adapter: Adapter = {
    name: "desk",
    deadlineMs: 5_000,
    maxResultBytes: 1 << 20,
    run: async () => "x".repeat(1 << 19),
  };
  const served = await serve(
    t,
    { answerMs: 300, requestMs: 1_000, batchInFlight: 4 },
    {
      adapters: new Map([["say", adapter]]),
    },
  );
  const client = new RawClient(served.port);
  t.after(() => client.socket.destroy());
  client.socket.pause();
  const head = request("POST /v1/execute HTTP/1.1", [TYPE, "transfer-encoding: chunked"]);
  client.send(head + chunk(`${say("hello")}\n`.repeat(200)));
  // As many as the machine buffers of a connection, and then no more.
  await until(() => served.log.size > 0 && served.gateway.load.batches === 0);
  assert.ok(served.log.size < 100, `${served.log.size}`);
  client.socket.destroy();
  while ((await served.connections()) > 0) await sleep(5);
});

test("a line that does not arrive whole in time ends the batch, after its answers", async (t) => {
  const { port, log } = await serve(t, { requestMs: 80 });
  const client = new RawClient(port);
  t.after(() => client.socket.destroy());
  // At once, so that the first line is in time however long this process is not run.
  const head = request(LINE, [TYPE, "transfer-encoding: chunked"]);
  client.send(head + chunk(`${say("hello")}\n{"categ`));
  const drip = setInterval(() => client.send(chunk("x")), 20);
  t.after(() => clearInterval(drip));
  const told = answers(await client.ended);
  assert.deepEqual(
    [told.map(({ decision }) => decision), told[1]],
    [["EXECUTE", "BLOCK"], REFUSED],
  );
  assert.equal(log.size, 1);
});

test("a caller who leaves within a batch: what has begun is recorded, and nothing else", async (t) => {
  const { client, log, gateway, enforcement, connections } = await openBatch(t, {
    batchInFlight: 4,
  });
  log.hold();
  client.send(chunk(`${say("hello")}\n`.repeat(9)));
  await until(() => enforcement.inFlight === 4);
  client.socket.destroy();
  await until(() => connections() === 0);
  log.release();
  await until(() => enforcement.inFlight === 0 && gateway.load.batches === 0);
  assert.deepEqual([log.size, gateway.load.bodyBytes], [4, 0]);
});

test("closing answers what is under way, takes no further line, and cuts the rest off", async (t) => {
  const { client, log, close, enforcement } = await openBatch(t, {
    batchInFlight: 4,
    closeMs: 5_000,
  });
  log.hold();
  client.send(chunk(`${say("hello")}\n`.repeat(9)));
  await until(() => enforcement.inFlight === 4);
  const closed = close();
  log.release();
  assert.equal(answers(await client.ended).length, 4);
  await closed;
  assert.equal(log.size, 4);
});

test("more batches than may be are refused as a whole", async (t) => {
  const { client, port, gateway } = await openBatch(t, { batches: 1 });
  client.send(chunk("{"));
  await until(() => gateway.load.batches === 1);
  assert.equal(parse(await exchange(port, batch(say("hello")))).status, 429);
});

test("rate and categories hold for each line, and a revoked key ends the batch", async (t) => {
  const file = `${temporaryFolder()}/gateway/callers`;
  const key = addCaller(file, { name: "desk", categories: ["say"], rate: 0.001, burst: 3 });
  let now = 0;
  const callers = openCallers(file, undefined, () => now);
  const served = await serve(t, {}, {}, { callers });
  const client = new RawClient(served.port);
  client.send(request(LINE, [TYPE, "transfer-encoding: chunked", `authorization: Bearer ${key}`]));
  const give = '{"category":"give","input":{"text":"x"}}';
  client.send(chunk(`${say("hello")}\n${give}\n${say("hello")}\n${say("hello")}\n`));
  await until(() => answers(client.received).length === 4);
  assert.deepEqual(answers(client.received).map(sequenceOf), [1, 0, 2, 0]);
  addCaller(file, { name: "other" });
  now += 1_000;
  client.send(chunk(`${say("hello")}\n`));
  await until(() => answers(client.received).length === 5);
  revokeCaller(file, "desk");
  now += 1_000;
  client.send(chunk(`${say("hello")}\n`));
  assert.equal(answers(await client.ended).length, 5);
  const callersSeen = served.log.entries.map(
    (entry) => JSON.parse(Buffer.from(entry).toString()).evaluator_trace.caller,
  );
  assert.deepEqual(callersSeen, ["desk", "desk"]);
});
