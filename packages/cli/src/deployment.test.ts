import assert from "node:assert/strict";
import { isAbsolute, join, relative, resolve } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { deploymentAt, parseAddress, url } from "./deployment.ts";

const PORT = fc.integer({ min: 0, max: 65_535 });

test("an address that is written as a URL is the same address", () => {
  const hosts = fc.oneof(fc.ipV4(), fc.domain(), fc.constant("localhost"));
  fc.assert(
    fc.property(hosts, PORT, (host, port) => {
      const address = parseAddress(`${host}:${port}`);
      assert.deepEqual(address, { host, port });
      assert.equal(url({ host, port }), `http://${host}:${port}`);
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), PORT, (host, port) => {
      // An IPv4 address within one is for URLs alone.
      fc.pre(!host.includes("."));
      assert.deepEqual(parseAddress(`[${host}]:${port}`), { host, port });
      assert.equal(new URL(url({ host, port })).port, port === 80 ? "" : String(port));
    }),
  );
});

test("what is no address is none", () => {
  for (const text of [
    "",
    ":",
    ":80",
    "localhost",
    "localhost:",
    "localhost:http",
    "localhost:65536",
    "localhost:-1",
    "localhost:+1",
    "localhost:1e3",
    "localhost:8420 ",
    "localhost:8420\n",
    "::1:80",
    "[::1]",
    "[::1]:",
    "[::1]80",
    "[localhost]:80",
    "[]:80",
    "a:b:80",
    "http://localhost:80",
  ]) {
    assert.equal(parseAddress(text), undefined, JSON.stringify(text));
  }
});

test("everything of a deployment lies below its folder, each thing in a place of its own", () => {
  fc.assert(
    fc.property(fc.constantFrom(".writ", "/srv/writ", "a/../b", ".", "/x/"), (folder) => {
      const { data, socket, ...paths } = deploymentAt(folder);
      assert.equal(data, resolve(folder));
      const places = Object.values(paths);
      for (const path of places) {
        assert.ok(isAbsolute(path));
        assert.ok(!relative(data, path).startsWith(".."), path);
      }
      assert.equal(new Set(places).size, places.length);
    }),
  );
});

test("design §6: gateway and Bucket share no file but the socket, and the guard lies outside", () => {
  const { gateway, bucket, guard, writerKey, epoch, gatewayVkey, logKey } = deploymentAt("/srv/w");
  for (const path of [writerKey, epoch, gatewayVkey]) assert.ok(path.startsWith(`${gateway}/`));
  for (const path of [gateway, guard, logKey]) assert.ok(!path.startsWith(`${bucket}/`));
  for (const path of [bucket, guard, logKey]) assert.ok(!path.startsWith(`${gateway}/`));
});

test("the socket's path is short, however deep the data lies", () => {
  const deep = join("/", "d".repeat(100), "e".repeat(100));
  const { data, run, socket } = deploymentAt(deep);
  assert.ok(Buffer.byteLength(socket) <= 100);
  assert.equal(relative(run, join(data, socket)), "bucket.sock");
});
