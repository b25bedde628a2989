import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { openNote, signNote } from "@writ/tlog/note";
import { cosignerOf, signerOf } from "@writ/tlog/note-key";
import {
  addSignature,
  bundleSigners,
  type SignatureVerdict,
  signedText,
  verifyBundle,
} from "./bundle-signature.ts";

const seed = (name: string): Uint8Array => createHash("sha256").update(name).digest();
const signer = (name: string) => signerOf(name, seed(name));
const [alice, bob, carol] = [signer("alice"), signer("bob"), signer("carol")];
const CONTENT = { name: "airline", digest: "ab".repeat(32) };

function verdict(note: Uint8Array, threshold: number, content = CONTENT): SignatureVerdict {
  const keys = [alice, bob, carol].map(({ verifierKey }) => verifierKey);
  return verifyBundle(content, note, bundleSigners(keys), threshold);
}

test("the text is version, name and digest, a line each", () => {
  assert.equal(signedText(CONTENT), `writ-bundle/v1\nairline\n${"ab".repeat(32)}\n`);
});

test("signatures add up, and each signer counts once", () => {
  let note: Uint8Array | null = null;
  for (const [who, signers] of [
    [alice, ["alice"]],
    [bob, ["alice", "bob"]],
    [alice, ["bob", "alice"]],
  ] as const) {
    note = addSignature(CONTENT, who, note).note;
    assert.deepEqual(verdict(note, 1), { ok: true, signers });
    assert.equal(verdict(note, 3).ok, false);
    assert.equal(verdict(note, 2).ok, signers.length >= 2);
  }
});

test("a signature of an earlier content is dropped, and that is counted", () => {
  const old = addSignature({ ...CONTENT, digest: "cd".repeat(32) }, bob, null).note;
  const { note, dropped } = addSignature(CONTENT, alice, old);
  assert.equal(dropped, 1);
  assert.deepEqual(verdict(note, 1), { ok: true, signers: ["alice"] });
});

test("another name, another digest and every flipped bit are refused", () => {
  const { note } = addSignature(CONTENT, alice, null);
  assert.equal(verdict(note, 1, { ...CONTENT, name: "airlines" }).ok, false);
  assert.equal(verdict(note, 1, { ...CONTENT, digest: `${"ab".repeat(31)}ac` }).ok, false);
  for (let at = 0; at < note.length * 8; at += 1) {
    const flipped = note.slice();
    flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7));
    assert.equal(verdict(flipped, 1).ok, false, `bit ${at}`);
  }
});

test("a stranger's signature counts for nothing", () => {
  const { note } = addSignature(CONTENT, signer("mallory"), null);
  assert.equal(verdict(note, 1).ok, false);
  const forged = signNote(signedText(CONTENT), [signerOf("alice", seed("mallory"))]);
  assert.equal(verdict(forged, 1).ok, false);
});

test("one key under two names is no quorum, and a witness's key is none at all", () => {
  const again = signerOf("alice2", seed("alice"));
  assert.throws(() => bundleSigners([alice.verifierKey, again.verifierKey]), /give the key/);
  assert.throws(() => bundleSigners([alice.verifierKey, alice.verifierKey]), /give the key/);
  const witness = cosignerOf("witness", seed("witness"), 1);
  assert.throws(() => bundleSigners([witness.verifierKey]), /signs checkpoints/);
});

test("any reader of signed notes opens it", () => {
  const { note } = addSignature(CONTENT, alice, null);
  const [known] = bundleSigners([alice.verifierKey]);
  assert.ok(known !== undefined);
  assert.equal(openNote(note, [known]).text, signedText(CONTENT));
});
