import assert from "node:assert/strict";
import { connect } from "node:net";
import { before, after as finallyDo, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { readAuditorKeys } from "./auditor-keys.ts";
import { ALICE, batchOf, LOG } from "./ledger.test-support.ts";
import { type Served, serveLedger } from "./served.test-support.ts";
import { startAuditServer } from "./server.ts";

let served: Served;
const ask: Served["ask"] = (...asked) => served.ask(...asked);
const read: Served["read"] = (...asked) => served.read(...asked);
const stored: Served["stored"] = (path) => served.stored(path);

before(async () => {
  served = await serveLedger([batchOf(ALICE, 1, 1, 1, 200), batchOf(ALICE, 1, 2, 201, 100)]);
});

finallyDo(async () => {
  await served.stop();
  assert.deepEqual(served.errors, []);
});

test("everybody gets the checkpoint and the hash tiles, byte for byte", async () => {
  const checkpoint = await ask("/checkpoint");
  assert.deepEqual(checkpoint.body, stored("checkpoint"));
  assert.equal(checkpoint.headers["content-type"], "text/plain; charset=utf-8");
  assert.equal(checkpoint.headers["cache-control"], "no-cache");
  for (const path of ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"]) {
    const { status, headers, body } = await ask(`/${path}`);
    assert.equal(status, 200);
    assert.deepEqual(body, stored(path));
    assert.equal(headers["content-type"], "application/octet-stream");
    assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
  }
});

test("a partial tile whose file is gone is cut from the full one", async () => {
  assert.deepEqual((await ask("/tile/0/000.p/3")).body, stored("tile/0/000").subarray(0, 96));
});

test("entries are for auditors", async () => {
  const { status, headers, body } = await read("/tile/entries/001.p/44");
  assert.equal(status, 200);
  assert.deepEqual(body, stored("tile/entries/001.p/44"));
  assert.equal(headers["cache-control"], "private, max-age=31536000, immutable");
  assert.equal(headers["referrer-policy"], "no-referrer");
});

test("bundles are packed for whoever takes gzip", async () => {
  const path = "/tile/entries/000";
  const packed = await read(path, { "accept-encoding": "br, gzip;q=0.5" });
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.deepEqual(gunzipSync(packed.body), stored("tile/entries/000"));
  const refused = await read(path, { "accept-encoding": "gzip;q=0, identity" });
  assert.equal(refused.headers["content-encoding"], undefined);
  assert.notEqual(packed.headers.etag, refused.headers.etag);
  const part = await read(path, { "accept-encoding": "gzip", range: "bytes=0-9" });
  assert.equal(part.headers["content-encoding"], undefined);
  assert.deepEqual(part.body, stored("tile/entries/000").subarray(0, 10));
});

for (const path of ["checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/entries/000"]) {
  test(`${path} is asked for in part, or only if it has changed`, async () => {
    const whole = await read(`/${path}`);
    const etag = whole.headers.etag ?? "";
    assert.match(etag, /^"[\w-]{22}"$/);
    assert.equal(whole.headers["accept-ranges"], "bytes");
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const { status, body, headers } = await read(`/${path}`, { "if-none-match": known });
      assert.deepEqual([status, body.length], [304, 0], known);
      assert.equal(headers.etag, etag);
      assert.equal(headers["cache-control"], whole.headers["cache-control"]);
    }
    assert.equal((await read(`/${path}`, { "if-none-match": '"other"' })).status, 200);
    assert.equal((await read(`/${path}`, { "if-match": '"other"' })).status, 412);
    assert.equal((await read(`/${path}`, { "if-match": etag })).status, 200);
    const size = whole.body.length;
    const parts: readonly (readonly [range: string, from: number, to: number])[] = [
      ["bytes=0-0", 0, 1],
      ["bytes=5-", 5, size],
      ["bytes=-7", size - 7, size],
      [`bytes=-${size + 1}`, 0, size],
      [`bytes=3-${size + 100}`, 3, size],
    ];
    for (const [range, from, to] of parts) {
      const { status, body, headers } = await read(`/${path}`, { range });
      assert.equal(status, 206, range);
      assert.deepEqual(body, whole.body.subarray(from, to));
      assert.equal(headers["content-range"], `bytes ${from}-${to - 1}/${size}`);
    }
    for (const range of [`bytes=${size}-`, "bytes=-0"]) {
      const { status, headers } = await read(`/${path}`, { range });
      assert.deepEqual([status, headers["content-range"]], [416, `bytes */${size}`]);
    }
    for (const range of ["bytes=2-1", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=a-b"]) {
      const { status, body } = await read(`/${path}`, { range });
      assert.deepEqual([status, body.length], [200, size], range);
    }
    const changed = await read(`/${path}`, { range: "bytes=0-1", "if-range": '"other"' });
    assert.equal(changed.status, 200);
    assert.equal((await read(`/${path}`, { range: "bytes=0-1", "if-range": etag })).status, 206);
  });
}

test("a partial tile narrower than the present one is cut from it", async () => {
  const hashes = await ask("/tile/0/001.p/7");
  assert.deepEqual(hashes.body, stored("tile/0/001.p/44").subarray(0, 7 * 32));
  const entries = await read("/tile/entries/001.p/7");
  const present = stored("tile/entries/001.p/44");
  assert.deepEqual(entries.body, present.subarray(0, entries.body.length));
});

test("HEAD gives the headers of GET and no body", async () => {
  for (const path of ["/checkpoint", "/tile/0/000", "/", "/nothing"]) {
    const [get, head] = [await ask(path), await ask(path, "HEAD")];
    assert.equal(head.status, get.status);
    assert.equal(head.body.length, 0);
    assert.equal(head.headers["content-length"], String(get.body.length));
  }
});

const nowhere = [
  "/tile/0/001",
  "/tile/0/001.p/45",
  "/tile/0/002.p/1",
  "/tile/1/000",
  "/tile/1/000.p/2",
  "/tile/2/000.p/1",
  "/tile/63/000.p/1",
  "/tile/64/000.p/1",
  "/tile/00/000",
  "/tile/0/0",
  "/tile/0/0000",
  "/tile/0/x000/000",
  "/tile/0/x000/x000/000",
  "/tile/0/001.p/0",
  "/tile/0/001.p/044",
  "/tile/0/000.p/256",
  "/tile/0/000.p/",
  "/tile/0/000.p",
  "/tile/0/000/",
  "/tile/0/999",
  "/tile/0/x999/x999/x999/x999/x999/999",
  `/tile/0/${"x999/".repeat(1000)}999`,
  "/tile/-1/000",
  "/tile/0/-01",
  "/tile/0/000.p/-1",
  "/tile/0/000.p/1e1",
  "/tile/0//000",
  "/tile//0/000",
  "//tile/0/000",
  "/./tile/0/000",
  "/tile/../checkpoint",
  "/tile/../../constitution/0.note",
  "/tile/0/../../../epochs",
  "/tile/%2e%2e/%2e%2e/epochs",
  "/tile/0%2f000",
  "/tile/0/%30%30%30",
  "/tile/0/000%00",
  "/tile/0/000\\..\\..",
  "/checkpoint/",
  "/%63heckpoint",
  "/CHECKPOINT",
  "/epochs",
  "/constitution/0.note",
  "/log/00000000000000000000.frames",
  "/tile",
  "/tile/",
  "/v1/events/",
  "http://elsewhere.example/checkpoint",
  "*",
];

for (const path of nowhere) {
  test(`there is nothing at ${path.slice(0, 60)}`, async () => {
    const { status, headers } = await read(path);
    assert.equal(status, 404);
    assert.equal(headers["cache-control"], "no-store");
  });
}

test("entries past the published size are nowhere, even for an auditor", async () => {
  for (const path of ["/tile/entries/001", "/tile/entries/001.p/45", "/tile/entries/002.p/1"]) {
    assert.equal((await read(path)).status, 404);
  }
});

test("every verb but reading is a counted violation", async () => {
  const before = served.server.violations;
  const methods = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE"];
  for (const method of methods) {
    for (const path of ["/", "/checkpoint", "/v1/events?key=secret", "/nothing"]) {
      const { status, headers } = await ask(path, method);
      assert.equal(status, 405);
      assert.equal(headers.allow, "GET, HEAD");
    }
  }
  assert.equal(served.server.violations - before, methods.length * 4);
  assert.deepEqual(served.violations.at(-2), { method: "PURGE", path: "/v1/events" });
});

test("CONNECT and a protocol upgrade get no further either", async () => {
  const before = served.server.violations;
  assert.match(await talk("CONNECT elsewhere:1 HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 405 /);
  assert.equal(served.server.violations - before, 1);
  const upgrade = "POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
  assert.match(await talk(upgrade), /^HTTP\/1\.1 405 /);
  assert.match(await talk("nonsense\r\n\r\n"), /^HTTP\/1\.1 400 /);
});

test("a method that no standard knows is a violation too, and told by its name", async () => {
  const before = served.server.violations;
  const asked = [
    ["UPDATE /tile/0/000?key=secret HTTP/1.1", { method: "UPDATE", path: "/tile/0/000" }],
    ["REPLAY * HTTP/1.1", { method: "REPLAY", path: "*" }],
  ] as const;
  for (const [line, violation] of asked) {
    // Also behind a request that is read, in the same packet.
    for (const first of ["", "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"]) {
      const answer = await talk(`${first}${line}\r\nHost: x\r\n\r\n`);
      assert.match(answer, /HTTP\/1\.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n/);
      assert.deepEqual(served.violations.at(-1), violation);
    }
  }
  assert.equal(served.server.violations - before, 4);
  for (const nonsense of ["hello", "UPDATE", "UPDATE /", "\u0000\u0001\u0002"]) {
    assert.match(await talk(`${nonsense}\r\n\r\n`), /^HTTP\/1\.1 400 /);
  }
  assert.match(await talk(`GET /${"a".repeat(9000)} HTTP/1.1\r\n`), /^HTTP\/1\.1 431 /);
  assert.equal(served.server.violations - before, 4);
});

test("events as JSON, for auditors, within the published size", async () => {
  const { body, headers } = await read("/v1/events?from=250&limit=10");
  assert.equal(headers["cache-control"], "no-store");
  const page: unknown = JSON.parse(body.toString());
  assert.ok(typeof page === "object" && page !== null && "events" in page && "size" in page);
  assert.equal(page.size, 300);
  assert.ok(Array.isArray(page.events));
  assert.deepEqual(
    page.events.map(({ index, event }) => [index, event.enforcement_decision_id]),
    Array.from({ length: 10 }, (_, i) => [250 + i, `${ALICE.name}.1.${251 + i}`]),
  );
  const past = await read("/v1/events?from=9007199254740991");
  assert.match(past.body.toString(), /"events":\[\]/);
  const all = await read("/v1/events?limit=1000");
  assert.equal(all.body.toString().match(/"index"/g)?.length, 300);
  for (const bad of ["from=-1", "from=1e3", "limit=0", "limit=x", "from=99999999999999999"]) {
    assert.equal((await read(`/v1/events?${bad}`)).status, 400, bad);
  }
});

test("the front page says what is so, and nothing that came with the request", async () => {
  const { body, headers } = await ask("/?key=secret&x=<script>");
  const page = body.toString();
  assert.match(String(headers["content-security-policy"]), /default-src 'none'; script-src 'self'/);
  assert.ok(page.includes(LOG.verifierKey) && page.includes("<dd>300</dd>"));
  assert.doesNotMatch(page, /secret|<script>/);
  const script = await ask("/auditor.js");
  assert.match(String(script.headers["content-type"]), /^text\/javascript/);
});

test("the health of the process says nothing of the log", async () => {
  assert.equal((await ask("/healthz")).body.toString(), '{"status":"ok"}\n');
});

test("a request with a body, or a long head, is not read", async () => {
  const say = (head: string): Promise<string> =>
    talk(`GET /checkpoint HTTP/1.1\r\nHost: x\r\n${head}\r\n`);
  assert.match(
    await say("Content-Length: 5\r\n"),
    /^HTTP\/1\.1 413 [\s\S]*\r\nConnection: close\r\n/i,
  );
  assert.match(await say("Transfer-Encoding: chunked\r\n"), /^HTTP\/1\.1 413 /);
  assert.match(await say(`X-Long: ${"x".repeat(9000)}\r\n`), /^HTTP\/1\.1 431 /);
});

test("a port that is taken is the caller's to know", async () => {
  const options = {
    bucketDirectory: served.place.bucket,
    keys: readAuditorKeys("/nowhere"),
    host: served.server.host,
    port: served.server.port,
    onViolation: () => {},
    onError: () => {},
  };
  await assert.rejects(startAuditServer(options), { code: "EADDRINUSE" });
});

/** What the server says to these bytes, until it closes the connection. */
function talk(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { host, port } = served.server;
    const socket = connect(port, host, () => socket.write(text));
    let heard = "";
    socket.on("data", (part) => {
      heard += part.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(heard));
  });
}
