import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { ALICE, batchOf } from "./ledger.test-support.ts";
import { type Served, serveLedger } from "./served.test-support.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-console-"));
const script = `export {};${"// a line\n".repeat(50)}`;
let served: Served;

before(async () => {
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "assets", "page-ABC.js"), script);
  writeFileSync(join(folder, "sources.sha256"), "0".repeat(64));
  writeFileSync(join(folder, "SHA256SUMS"), "0  page.js\n");
  served = await serveLedger([batchOf(ALICE, 1, 1, 1, 3)], { console: folder });
});

after(async () => {
  await served.stop();
  rmSync(folder, { recursive: true });
});

test("everybody gets the page, under a policy that lets it read from here alone", async () => {
  const { status, headers, body } = await served.ask("/");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "text/html; charset=utf-8");
  assert.equal(headers["cache-control"], "no-cache");
  assert.match(body.toString(), /<title>page/);
  assert.deepEqual(String(headers["content-security-policy"]).split("; "), [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]);
});

test("an asset is kept for ever, sent packed to whom takes it so, and not twice", async () => {
  const path = "/assets/page-ABC.js";
  const plain = await served.ask(path);
  assert.equal(plain.body.toString(), script);
  assert.match(String(plain.headers["cache-control"]), /immutable/);
  const packed = await served.ask(path, "GET", { "accept-encoding": "br, gzip" });
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.equal(gunzipSync(packed.body).toString(), script);
  assert.notEqual(packed.headers.etag, plain.headers.etag);
  const again = await served.ask(path, "GET", {
    "accept-encoding": "gzip",
    "if-none-match": String(packed.headers.etag),
  });
  assert.equal(again.status, 304);
  const part = await served.ask(path, "GET", { "accept-encoding": "gzip", range: "bytes=0-5" });
  assert.equal(part.body.toString(), script.slice(0, 6));
});

test("the digests of what stands alone are a text", async () => {
  const { status, headers, body } = await served.ask("/SHA256SUMS");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "text/plain; charset=utf-8");
  assert.equal(body.toString(), "0  page.js\n");
});

test("nothing but the page's own files is served of its folder", async () => {
  for (const path of [
    "/sources.sha256",
    "/assets/",
    "/assets/../index.html",
    "/index.html",
    "/assets/page-ABC.js/",
  ]) {
    assert.equal((await served.ask(path)).status, 404, path);
  }
});

test("the log's key is told to everybody, as an export tells it", async () => {
  const { status, body } = await served.ask("/vkey");
  assert.equal(status, 200);
  assert.match(body.toString(), /^log\.example\/writ\+[0-9a-f]{8}\+\S+\n$/);
});
