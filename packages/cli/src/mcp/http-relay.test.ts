import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Duplex, duplexPair, PassThrough } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { LineTransport } from "@writ/adapters/mcp/line-transport";
import { openCallers } from "@writ/gateway/callers";
import { temporaryFolder } from "../../../enforce/src/enforce.test-support.ts";
import { addCaller } from "../../../gateway/src/callers.test-support.ts";
import { calling, desk } from "../../../gateway/src/mcp/mcp.test-support.ts";
import { relayHttp } from "./http-relay.ts";

/** An agent's end of a relay to this URL. */
function relayed(url: string, authorization: string | null = null): Duplex {
  const [near, far] = duplexPair();
  void relayHttp({ url, authorization }, far, far).then(() => far.end());
  return near;
}

/** What comes back for these lines, of text or of bytes, by their ids; then it ends. */
async function answersTo(
  url: string,
  authorization: string | null,
  lines: readonly (string | Uint8Array)[],
): Promise<ReadonlyMap<unknown, { readonly result?: unknown; readonly error?: object }>> {
  const input = new PassThrough();
  const output = new PassThrough();
  const said = textOf(output);
  const relay = relayHttp({ url, authorization }, input, output);
  for (const line of lines) input.write(Buffer.concat([Buffer.from(line), Buffer.from("\n")]));
  input.end();
  assert.equal(await relay, 0);
  output.end();
  const answers = (await said)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return new Map(answers.map((answer) => [answer.id, answer]));
}

for (const mode of ["legacy", "auto"] as const) {
  test(`a client goes by HTTP as it goes on a stream: ${mode}`, async (t) => {
    const at = await desk(t);
    const client = new Client({ name: "t", version: "1" }, { versionNegotiation: { mode } });
    await client.connect(new LineTransport(relayed(at.url), 1_000_000));
    const { tools } = await client.listTools();
    assert.equal(tools.length, 2);
    const call = (name: string): Promise<object> =>
      client.callTool({ name, arguments: { text: "hello" } });
    assert.match(JSON.stringify(await call("desk__note")), /HELLO/);
    assert.match(JSON.stringify(await call("désk 名")), /BLOCK/);
    await client.close();
    assert.equal(at.log.size, 2);
  });
}

test("the key says who calls; what is refused is an error, and no attempt", async (t) => {
  const file = `${temporaryFolder()}/gateway/callers`;
  const key = `Bearer ${addCaller(file, { name: "ann", rate: 0.001, burst: 2 })}`;
  const at = await desk(t, {}, { callers: openCallers(file) });
  const twice = JSON.stringify(calling("hello", "desk__note", 2)).replace("{", '{"id":3,');
  const lines = [JSON.stringify(calling("hello")), twice];
  const answers = await answersTo(at.url, key, lines);
  assert.match(JSON.stringify(answers.get(1)), /HELLO/);
  // Its very bytes arrive, so what is no strict JSON is seen to be none.
  const reasons = at.events().map(({ reason_code }) => reason_code);
  assert.deepEqual(reasons.toSorted(), ["ALLOWED", "MALFORMED_INPUT"]);
  assert.ok(at.events().every(({ evaluator_trace }) => evaluator_trace.caller === "ann"));

  const refused = {
    code: -32000,
    message: "refused: no attempt was made (429)",
    data: { decision: "BLOCK", status: "failed" },
  };
  const third = await answersTo(at.url, key, [JSON.stringify(calling("hello"))]);
  assert.deepEqual(third.get(1)?.error, refused);
  const stranger = await answersTo(at.url, null, [JSON.stringify(calling("hello"))]);
  assert.deepEqual(stranger.get(1)?.error, {
    ...refused,
    message: refused.message.replace("429", "401"),
  });
  assert.equal(at.log.size, 2);
});

test("where no gateway is, each request is told so", async () => {
  const lines = [calling("a", "x", "one"), { jsonrpc: "2.0", method: "notifications/initialized" }];
  const answers = await answersTo(
    "http://127.0.0.1:9/mcp",
    null,
    lines.map((each) => JSON.stringify(each)),
  );
  assert.deepEqual([...answers.keys()], ["one"]);
  assert.match(JSON.stringify(answers.get("one")), /cannot be reached.*"BLOCK"/);
});

test("a line ends at an LF and nowhere else, and goes as its very bytes", async (t) => {
  const at = await desk(t);
  // All of these may stand in a JSON text as they are.
  const text = "one\u2028two\u2029three\u0085four";
  const odd = Buffer.from(JSON.stringify(calling("hello?", "desk__note", 2)));
  odd[odd.indexOf("?")] = 0xff;
  const answers = await answersTo(at.url, null, [JSON.stringify(calling(text)), "\r", odd]);
  assert.match(JSON.stringify(answers.get(1)), /ONE\u2028TWO\u2029THREE/);
  assert.match(JSON.stringify(answers.get(2)), /BLOCK/);
  const reasons = at.events().map(({ reason_code }) => reason_code);
  assert.deepEqual(reasons.toSorted(), ["ALLOWED", "MALFORMED_INPUT"]);
});

test("an answer that is none, or nobody's, is still an answer to whoever asked", async (t) => {
  const bodies = [
    "<html>",
    "",
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"m"}}',
  ];
  for (const body of bodies) {
    const server = createServer((_request, response) => void response.end(body));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/mcp`;
    const answers = await answersTo(url, null, [JSON.stringify(calling("a", "x", "one"))]);
    assert.ok(answers.get("one")?.error !== undefined, body);
  }
});
