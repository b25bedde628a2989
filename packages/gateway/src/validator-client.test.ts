import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { httpValidators, type ValidatorAddress } from "./validator-client.ts";

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Behave = (response: ServerResponse, request: IncomingMessage) => void;

/** A validator on a free port that does as told with each request. */
async function validator(
  t: TestContext,
  behave: Behave,
): Promise<{ readonly url: string; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const { method, url, headers } = request;
      asked.push({ method, url, headers, body });
      behave(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/judge`, asked };
}

const GOOD = '{"outcome":"BLOCK","reason":"RUDE"}';
const QUESTION = { category: "say", form: '{"text":"hello"}', validators: ["tone"] };

function answering(
  body: string | Uint8Array,
  status = 200,
  headers: Record<string, string> = {},
): Behave {
  return (response) => response.writeHead(status, headers).end(body);
}

function address(url: string, changes: Partial<ValidatorAddress> = {}): ValidatorAddress {
  return { url, timeoutMs: 5_000, authorization: null, ...changes };
}

async function said(url: string, changes: Partial<ValidatorAddress> = {}): Promise<unknown> {
  const asker = httpValidators(new Map([["tone", address(url, changes)]]));
  return (await asker.ask(QUESTION)).get("tone") ?? null;
}

test("a validator is sent the category and the input, and heard", async (t) => {
  const { url, asked } = await validator(t, answering(GOOD));
  assert.deepEqual(await said(url), { outcome: "BLOCK", reason: "RUDE" });
  assert.equal(asked.length, 1);
  const [request] = asked;
  assert.deepEqual([request?.method, request?.url], ["POST", "/judge"]);
  assert.equal(request?.body, '{"category":"say","input":{"text":"hello"}}');
  assert.equal(request?.headers["content-type"], "application/json");
  assert.equal(request?.headers.authorization, undefined);
});

test("a credential is sent where one is configured", async (t) => {
  const { url, asked } = await validator(t, answering(GOOD));
  await said(url, { authorization: "Bearer s3cret" });
  assert.equal(asked[0]?.headers.authorization, "Bearer s3cret");
});

test("each outcome is heard, in any order of the members", async (t) => {
  for (const outcome of ["EXECUTE", "REWRITE", "BLOCK"]) {
    const { url } = await validator(t, answering(` {"reason":"A_1","outcome":"${outcome}"}\n`));
    assert.deepEqual(await said(url), { outcome, reason: "A_1" });
  }
});

const never: Behave = () => {};

const SILENT: readonly (readonly [string, Behave])[] = [
  ["an answer without body", answering("")],
  ["an answer that is no JSON", answering("BLOCK")],
  ["an answer in half", answering('{"outcome":"BLOCK","reason"')],
  ["an answer that is no object", answering('["BLOCK","RUDE"]')],
  ["a duplicate key", answering('{"outcome":"BLOCK","outcome":"EXECUTE","reason":"A"}')],
  ["a further member", answering('{"outcome":"EXECUTE","reason":"A","sure":true}')],
  ["no reason", answering('{"outcome":"EXECUTE"}')],
  ["a null reason", answering('{"outcome":"EXECUTE","reason":null}')],
  ["a fourth word", answering('{"outcome":"ALLOW","reason":"A"}')],
  ["a word in lower case", answering('{"outcome":"execute","reason":"A"}')],
  ["a reason in lower case", answering('{"outcome":"EXECUTE","reason":"a"}')],
  ["a reason too long", answering(`{"outcome":"EXECUTE","reason":"${"A".repeat(65)}"}`)],
  ["a byte order mark", answering(`\ufeff${GOOD}`)],
  ["an oversize body", answering(GOOD.padEnd(4_097))],
  [
    "an oversize body in pieces",
    (response) => {
      response.writeHead(200);
      for (let piece = 0; piece < 3; piece += 1) response.write(GOOD.padEnd(2_000));
      response.end();
    },
  ],
  [
    "an endless body",
    (response) => {
      response.writeHead(200);
      const more = (): void => {
        while (response.write(" ".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    },
  ],
  [
    "a body that swells",
    answering(gzipSync(" ".repeat(1_000_000) + GOOD), 200, { "content-encoding": "gzip" }),
  ],
  ["status 201", answering(GOOD, 201)],
  ["status 204", answering("", 204)],
  ["status 403", answering(GOOD, 403)],
  ["status 500", answering(GOOD, 500)],
  ["status 503 that says when to come again", answering(GOOD, 503, { "retry-after": "0" })],
  ["a connection cut off", (response) => response.destroy()],
  [
    "a connection cut off within the body",
    (response) => {
      response.writeHead(200, { "content-length": String(GOOD.length) });
      response.write(GOOD.slice(0, 9), () => response.destroy());
    },
  ],
  ["no HTTP", (_response, request) => request.socket.end("hello\r\n\r\n")],
];

for (const [what, behave] of SILENT) {
  test(`is silence, and asked once: ${what}`, async (t) => {
    const { url, asked } = await validator(t, behave);
    assert.equal(await said(url, { timeoutMs: 60_000 }), null);
    assert.equal(asked.length, 1);
  });
}

const LATE: readonly (readonly [string, Behave])[] = [
  ["no answer", never],
  ["headers alone", (response) => response.writeHead(200).flushHeaders()],
  ["a body that stops", (response) => response.writeHead(200).write(GOOD.slice(0, 9))],
  [
    "a body that drips",
    (response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    },
  ],
];

test("is silence when its time is over, and asked once", async (t) => {
  // All beside each other: the time is long enough to ask in, however busy the machine.
  const each = LATE.map(async ([what, behave]) => {
    const { url, asked } = await validator(t, behave);
    assert.equal(await said(url, { timeoutMs: 1_500 }), null, what);
    assert.equal(asked.length, 1, what);
  });
  await Promise.all(each);
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`a redirect is silence, and followed nowhere: ${status}`, async (t) => {
    const target = await validator(t, answering(GOOD));
    const { url, asked } = await validator(t, answering("", status, { location: target.url }));
    assert.equal(await said(url, { authorization: "Bearer s3cret" }), null);
    assert.deepEqual([asked.length, target.asked.length], [1, 0]);
  });
}

test("nobody there, nowhere to go, no way to speak", async (t) => {
  const { url } = await validator(t, answering(GOOD));
  const closed = new URL(url);
  closed.port = "1";
  assert.equal(await said(closed.href), null);
  assert.equal(await said("http://validator.invalid/"), null);
  assert.equal(await said(url.replace("http:", "https:")), null);
});

test("all are asked at once, and the slow one costs the others nothing but its time", async (t) => {
  const waiting: ServerResponse[] = [];
  const all = await validator(t, (response) => {
    waiting.push(response);
    // Nobody is answered before everybody has been asked.
    if (waiting.length === 3) for (const each of waiting) each.end(GOOD);
  });
  const slow = await validator(t, never);
  const names = ["a", "b", "c"];
  const asker = httpValidators(
    new Map([
      ...names.map((name) => [name, address(all.url)] as const),
      ["slow", address(slow.url, { timeoutMs: 1_500 })] as const,
    ]),
  );
  const verdicts = await asker.ask({ ...QUESTION, validators: [...names, "slow", "unknown"] });
  assert.deepEqual([...verdicts.keys()].sort(), names);
  assert.deepEqual([all.asked.length, slow.asked.length], [3, 1]);
});

test("only those that the question names are asked", async (t) => {
  const other = await validator(t, answering(GOOD));
  const asker = httpValidators(new Map([["other", address(other.url)]]));
  assert.deepEqual([...(await asker.ask(QUESTION))], []);
  assert.equal(other.asked.length, 0);
});
