import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { emptyRoot, equalBytes, leafHash, nodeHash, nodeHashInto, sha256 } from "./hash.ts";
import * as browser from "./sha256.browser.ts";
import * as node from "./sha256.node.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const digest = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const hash32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("the known answers of RFC 6962 and FIPS 180-4", () => {
  assert.equal(
    hex(emptyRoot()),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  assert.equal(
    hex(leafHash(new Uint8Array(0))),
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  );
  assert.equal(
    hex(sha256(new TextEncoder().encode("abc"))),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

test("leaf and node hashes are domain-separated SHA-256, also beyond the longest entry", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), hash32, hash32, (entry, left, right) => {
      assert.deepEqual(leafHash(entry), digest(Uint8Array.of(0), entry));
      assert.deepEqual(nodeHash(left, right), digest(Uint8Array.of(1), left, right));
    }),
  );
  for (const length of [65_534, 65_535, 65_536, 70_000]) {
    const entry = new Uint8Array(length).fill(7);
    assert.deepEqual(leafHash(entry), digest(Uint8Array.of(0), entry));
  }
});

test("a node hash may overwrite either child", () => {
  fc.assert(
    fc.property(hash32, hash32, fc.constantFrom(0, 32), (left, right, at) => {
      const packed = Uint8Array.of(...left, ...right);
      nodeHashInto(packed, 0, packed, 32, packed, at);
      assert.deepEqual(packed.subarray(at, at + 32), digest(Uint8Array.of(1), left, right));
    }),
  );
});

test("both implementations of #sha256 write the same bytes and no others", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(10), (data, at) => {
      for (const { sha256Into } of [node, browser]) {
        const out = new Uint8Array(52).fill(0xaa);
        sha256Into(data, out, at);
        const expected = new Uint8Array(52).fill(0xaa);
        expected.set(digest(data), at);
        assert.deepEqual(out, expected);
      }
    }),
  );
});

test("what is not 32 bytes is no hash", () => {
  for (const length of [0, 31, 33]) {
    assert.throws(() => nodeHash(new Uint8Array(length), new Uint8Array(32)), RangeError);
    assert.throws(() => nodeHash(new Uint8Array(32), new Uint8Array(length)), RangeError);
  }
});

test("equalBytes compares content and length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
      assert.equal(equalBytes(a, b), hex(a) === hex(b));
      assert.equal(equalBytes(a, a.slice()), true);
    }),
  );
});
