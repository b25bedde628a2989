import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cosignatureTime } from "./cosignature.ts";
import {
  formatSignerKey,
  formatVerifierKey,
  isKeyName,
  KeyRefused,
  keyId,
  parseCosignerKey,
  parseSignerKey,
  parseVerifierKey,
  signerOf,
  verifierOf,
} from "./note-key.ts";

/** Of the signed-note specification, and of golang.org/x/mod/sumdb/note. */
const SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/** White_Space of the Unicode Character Database. */
const SPACES = [
  9, 10, 11, 12, 13, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005,
  0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
];

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter(isKeyName);

test("reads the keys of the specification and of Go", () => {
  assert.deepEqual(pick(parseVerifierKey(SPEC_VKEY)), ["example.com/foo", 0x530d903a]);
  assert.deepEqual(pick(parseVerifierKey(GO_VKEY)), ["PeterNeumann", 0xc74f20a3]);
  const signer = parseSignerKey(GO_SKEY);
  assert.deepEqual(pick(signer), ["PeterNeumann", 0xc74f20a3]);
  assert.equal(signer.verifierKey, GO_VKEY);
});

function pick({ name, keyId: id }: { name: string; keyId: number }): [string, number] {
  return [name, id];
}

test("a key and its text are the same statement, and the halves fit", () => {
  const message = new TextEncoder().encode("hi\n");
  fc.assert(
    fc.property(names, seeds, (name, seed) => {
      const skey = formatSignerKey(name, seed);
      const signer = parseSignerKey(skey);
      assert.equal(signer.name, name);
      assert.deepEqual(signer.sign(message), signerOf(name, seed).sign(message));
      const verifier = parseVerifierKey(signer.verifierKey);
      assert.deepEqual(pick(verifier), pick(signer));
      assert.equal(verifier.verify(message, signer.sign(message)), true);
    }),
    { numRuns: 40 },
  );
});

test("a witness's key is a signer's of another type, and signs at the moment given", () => {
  const message = new TextEncoder().encode("hi\n");
  const cosigner = parseCosignerKey(GO_SKEY);
  const verifier = parseVerifierKey(cosigner.verifierKey);
  assert.deepEqual(pick(verifier), pick(cosigner));
  assert.equal(cosigner.name, "PeterNeumann");
  assert.notEqual(cosigner.keyId, parseSignerKey(GO_SKEY).keyId);
  for (const time of [1, 1_679_315_147]) {
    const signature = cosigner.at(time).sign(message);
    assert.equal(cosignatureTime(signature), time);
    assert.equal(verifier.verify(message, signature), true);
  }
  for (const skey of ["", GO_VKEY, GO_SKEY.replace("c74f20a3", "c74f20a4")])
    assert.throws(() => parseCosignerKey(skey), KeyRefused);
});

test("every piece of a key, and every key one character off, is refused", () => {
  for (const [key, parse] of [
    [SPEC_VKEY, parseVerifierKey],
    [GO_VKEY, parseVerifierKey],
    [GO_SKEY, parseSignerKey],
  ] as const) {
    for (let from = 0; from <= key.length; from++) {
      for (let to = from; to <= key.length; to++) {
        if (from !== 0 || to !== key.length)
          assert.throws(() => parse(key.slice(from, to)), KeyRefused);
      }
    }
    for (let at = 0; at < key.length; at++) {
      for (const other of changes(key.charCodeAt(at))) {
        assert.throws(() => parse(key.slice(0, at) + other + key.slice(at + 1)), KeyRefused);
      }
    }
  }
});

/** Neighbours, the other case, and nothing at all. */
function changes(code: number): string[] {
  const [next, before, cased] = [code + 1, code - 1, code ^ 0x20].map((unit) =>
    String.fromCharCode(unit),
  );
  return [next ?? "", before ?? "", cased ?? "", ""];
}

test("says what is wrong with a key, and never quotes it", () => {
  const cases = [
    ["PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAAAA", "KEY_MALFORMED"],
    ["PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "KEY_ALGORITHM"],
    ["PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "KEY_ID_MISMATCH"],
    [`${GO_VKEY}\n`, "KEY_MALFORMED"],
    [GO_VKEY.replace("c74f20a3", "C74F20A3"), "KEY_MALFORMED"],
    [GO_VKEY.replace("PeterNeumann", "Peter Neumann"), "KEY_MALFORMED"],
    ["a+00000000+", "KEY_MALFORMED"],
    ["", "KEY_MALFORMED"],
  ] as const;
  for (const [vkey, code] of cases) assert.throws(() => parseVerifierKey(vkey), { code }, vkey);
  const secret = GO_SKEY.slice(-44);
  for (const bad of [GO_SKEY.replace("c74f", "c74e"), `${GO_SKEY}=`, GO_SKEY.slice(8)]) {
    assert.throws(
      () => parseSignerKey(bad),
      (error: Error) => !error.message.includes(secret.slice(0, 12)),
    );
  }
});

test("a small-order key is refused although its ID is right", () => {
  const weak = new Uint8Array(32);
  const id = keyId("a", 1, weak).toString(16).padStart(8, "0");
  assert.throws(() => parseVerifierKey(`a+${id}+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`), {
    code: "KEY_MALFORMED",
  });
  assert.throws(() => verifierOf("a", weak), KeyRefused);
});

test("a name has no space, no plus, no control character, and is not empty", () => {
  for (let point = 0; point <= 0x10ffff; point++) {
    const control = point < 0x20 || (point >= 0x7f && point < 0xa0);
    const lone = point >= 0xd800 && point < 0xe000;
    const bad = control || lone || point === 0x2b || SPACES.includes(point);
    if (isKeyName(`a${String.fromCodePoint(point)}b`) === bad)
      assert.fail(`U+${point.toString(16)}`);
  }
  assert.equal(isKeyName(""), false);
  for (const name of ["", "a b", "a+b"]) {
    assert.throws(() => formatVerifierKey(name, new Uint8Array(32).fill(9)), KeyRefused);
    assert.throws(() => formatSignerKey(name, new Uint8Array(32)), KeyRefused);
  }
});
