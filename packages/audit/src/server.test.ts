import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { before, after as finallyDo, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Violation } from "@writ/bucket/read/tiles-door";
import { mintAuditorKey, readAuditorKeys } from "./auditor-keys.ts";
import { ALICE, batchOf, LOG, makePlace, type Place, writeLedger } from "./ledger.test-support.ts";
import { type AuditServer, startAuditServer } from "./server.ts";

let place: Place;
let server: AuditServer;
let key: string;
const violations: Violation[] = [];
const errors: unknown[] = [];

before(async () => {
  place = makePlace();
  await writeLedger(place, [batchOf(ALICE, 1, 1, 1, 200), batchOf(ALICE, 1, 2, 201, 100)]);
  const file = join(place.data, "audit", "keys");
  mintAuditorKey(file, "another");
  key = mintAuditorKey(file, "the  test\nitself");
  server = await startAuditServer({
    bucketDirectory: place.bucket,
    keys: readAuditorKeys(file),
    host: "127.0.0.1",
    port: 0,
    onViolation: (violation) => violations.push(violation),
    onError: (error) => errors.push(error),
  });
});

finallyDo(async () => {
  await server.close();
  place.remove();
  assert.deepEqual(errors, []);
});

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function ask(path: string, method = "GET", headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { host, port } = server;
    const sent = request({ host, port, path, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const { statusCode: status = 0, headers: got } = response;
        resolve({ status, headers: got, body: Buffer.concat(parts) });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

function stored(path: string): Buffer {
  return readFileSync(join(place.bucket, "tiles", path));
}

test("everybody gets the checkpoint and the hash tiles, byte for byte", async () => {
  const checkpoint = await ask("/checkpoint");
  assert.deepEqual(checkpoint.body, stored("checkpoint"));
  assert.equal(checkpoint.headers["content-type"], "text/plain; charset=utf-8");
  assert.match(checkpoint.headers["cache-control"] ?? "", /max-age=2$/);
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
  const path = "/tile/entries/001.p/44";
  for (const denied of [path, `${path}?key=`, `${path}?key=${"A".repeat(43)}`]) {
    const { status, headers, body } = await ask(denied);
    assert.equal(status, 401, denied);
    assert.equal(headers["www-authenticate"], 'Bearer realm="auditors"');
    assert.equal(headers["cache-control"], "no-store");
    assert.doesNotMatch(body.toString(), /trace_id/);
  }
  const byQuery = await ask(`${path}?key=${key}`);
  const byHeader = await ask(path, "GET", { authorization: `Bearer ${key}` });
  for (const { status, headers, body } of [byQuery, byHeader]) {
    assert.equal(status, 200);
    assert.deepEqual(body, stored("tile/entries/001.p/44"));
    assert.equal(headers["cache-control"], "private, max-age=31536000, immutable");
    assert.equal(headers["referrer-policy"], "no-referrer");
  }
  // A header that is there counts, even if the query would do: no two answers to who asks.
  assert.equal(
    (await ask(`${path}?key=${key}`, "GET", { authorization: "Bearer no" })).status,
    401,
  );
});

test("bundles are packed for whoever takes gzip", async () => {
  const path = `/tile/entries/000?key=${key}`;
  const packed = await ask(path, "GET", { "accept-encoding": "br, gzip;q=0.5" });
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.deepEqual(gunzipSync(packed.body), stored("tile/entries/000"));
  const refused = await ask(path, "GET", { "accept-encoding": "gzip;q=0, identity" });
  assert.equal(refused.headers["content-encoding"], undefined);
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
  `/tile/0/${"x999/".repeat(2000)}999`,
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
    const { status, headers } = await ask(path, "GET", { authorization: `Bearer ${key}` });
    assert.equal(status, 404);
    assert.equal(headers["cache-control"], "no-store");
  });
}

test("entries past the published size are nowhere, even for an auditor", async () => {
  for (const path of ["/tile/entries/001", "/tile/entries/001.p/45", "/tile/entries/002.p/1"]) {
    assert.equal((await ask(`${path}?key=${key}`)).status, 404);
  }
});

test("every verb but reading is a counted violation", async () => {
  const before = server.violations;
  const methods = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE"];
  for (const method of methods) {
    for (const path of ["/", "/checkpoint", "/v1/events?key=secret", "/nothing"]) {
      const { status, headers } = await ask(path, method);
      assert.equal(status, 405);
      assert.equal(headers.allow, "GET, HEAD");
    }
  }
  assert.equal(server.violations - before, methods.length * 4);
  assert.deepEqual(violations.at(-2), { method: "PURGE", path: "/v1/events" });
});

test("CONNECT and a protocol upgrade get no further either", async () => {
  const before = server.violations;
  const say = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(server.port, server.host, () => socket.write(text));
      let heard = "";
      socket.on("data", (part) => {
        heard += part.toString("latin1");
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(heard));
    });
  assert.match(await say("CONNECT elsewhere:1 HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 405 /);
  assert.equal(server.violations - before, 1);
  const upgrade = "POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
  assert.match(await say(upgrade), /^HTTP\/1\.1 405 /);
  assert.match(await say("nonsense\r\n\r\n"), /^HTTP\/1\.1 400 /);
});

test("events as JSON, for auditors, within the published size", async () => {
  assert.equal((await ask("/v1/events")).status, 401);
  const { body, headers } = await ask(`/v1/events?from=250&limit=10&key=${key}`);
  assert.equal(headers["cache-control"], "no-store");
  const page: unknown = JSON.parse(body.toString());
  assert.ok(typeof page === "object" && page !== null && "events" in page && "size" in page);
  assert.equal(page.size, 300);
  assert.ok(Array.isArray(page.events));
  assert.deepEqual(
    page.events.map(({ index, event }) => [index, event.enforcement_decision_id]),
    Array.from({ length: 10 }, (_, i) => [250 + i, `${ALICE.name}.1.${251 + i}`]),
  );
  const past = await ask(`/v1/events?from=9007199254740991&key=${key}`);
  assert.match(past.body.toString(), /"events":\[\]/);
  const all = await ask(`/v1/events?limit=1000&key=${key}`);
  assert.equal(all.body.toString().match(/"index"/g)?.length, 300);
  for (const bad of ["from=-1", "from=1e3", "limit=0", "limit=x", "from=99999999999999999"]) {
    assert.equal((await ask(`/v1/events?${bad}&key=${key}`)).status, 400, bad);
  }
});

test("the front page says what is so, and shows a key to nobody who has none", async () => {
  const { body, headers } = await ask("/");
  const page = body.toString();
  assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
  assert.ok(page.includes(LOG.verifierKey) && page.includes("<dd>300</dd>"));
  assert.doesNotMatch(page, /v1\/events/);
  const wrong = await ask('/?key="><script>');
  assert.doesNotMatch(wrong.body.toString(), /<script>|v1\/events/);
  const auditor = (await ask(`/?key=${key}`)).body.toString();
  const link = /href="(v1\/events[^"]+)"/.exec(auditor)?.[1] ?? "";
  const unescaped = link.replaceAll("&#38;", "&");
  const { status } = await ask(`/${unescaped}`);
  assert.equal(status, 200);
});

test("the health of the process says nothing of the log", async () => {
  assert.equal((await ask("/healthz")).body.toString(), '{"status":"ok"}\n');
});

test("keys are kept as digests, in a file that only its owner reads", () => {
  const file = join(place.data, "audit", "keys");
  const text = readFileSync(file, "utf8");
  assert.match(text, /^[0-9a-f]{64} another\n[0-9a-f]{64} the test itself\n$/);
  assert.ok(!text.includes(key));
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("a port that is taken is the caller's to know", async () => {
  const options = {
    bucketDirectory: place.bucket,
    keys: readAuditorKeys(join(place.data, "none")),
    host: server.host,
    port: server.port,
    onViolation: () => {},
    onError: () => {},
  };
  await assert.rejects(startAuditServer(options), { code: "EADDRINUSE" });
});
