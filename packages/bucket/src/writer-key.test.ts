import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { KeyRefused, keyId, parseVerifierKey } from "@writ/tlog/note-key";
import { rawPublicKey } from "./verifier-key.ts";
import { generateSignerKey, openWriterKey } from "./writer-key.ts";

test("a generated key opens, signs, and is named after its public key", () => {
  const key = openWriterKey(generateSignerKey("gateway.example/1"));
  const text = new TextEncoder().encode("anything");
  assert.ok(parseVerifierKey(key.verifierKey).verify(text, key.sign(text)));
  const digest = createHash("sha256").update(rawPublicKey(key.verifierKey)).digest("hex");
  assert.equal(key.name, digest.slice(0, 16));
});

test("two generated keys are two", () => {
  assert.notEqual(generateSignerKey("a"), generateSignerKey("a"));
});

test("a key file is one line of the signed-note form", () => {
  const text = generateSignerKey("gateway.example/1");
  assert.match(text, /^PRIVATE\+KEY\+gateway\.example\/1\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\n$/);
  const line = text.trimEnd();
  for (const bad of [line, `${text}\n`, `${text}${text}`, ` ${text}`, `${line}\r\n`, ""]) {
    assert.throws(() => openWriterKey(bad), KeyRefused);
  }
});

test("no error quotes a secret key", () => {
  const text = generateSignerKey("gateway.example/1");
  const secret = text.split("+").slice(4).join("+").slice(0, 20);
  for (const bad of [
    text.replace(/\+[0-9a-f]{8}\+/, "+00000000+"),
    `${text}x`,
    text.slice(0, -4),
  ]) {
    assert.throws(
      () => openWriterKey(bad),
      (error) => error instanceof KeyRefused && !error.message.includes(secret),
    );
  }
});

test("a vkey gives its raw key only if name, ID and length belong together", () => {
  const raw = new Uint8Array(32).fill(9);
  const vkey = (name: string, id: number, bytes: Uint8Array): string =>
    `${name}+${id.toString(16).padStart(8, "0")}+${Buffer.from(bytes).toString("base64")}`;
  const good = vkey("w", keyId("w", 4, raw), Uint8Array.of(4, ...raw));
  assert.deepEqual(rawPublicKey(good), raw);
  const bad = [
    vkey("v", keyId("w", 4, raw), Uint8Array.of(4, ...raw)),
    vkey("w", keyId("w", 1, raw), Uint8Array.of(4, ...raw)),
    vkey("w", keyId("w", 4, raw), Uint8Array.of(4, ...raw, 0)),
    "",
    "w",
    `${good} `,
  ];
  for (const one of bad) assert.throws(() => rawPublicKey(one), KeyRefused);
});
