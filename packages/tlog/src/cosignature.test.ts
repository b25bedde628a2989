import assert from "node:assert/strict";
import { test } from "node:test";
import { type Checkpoint, openCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { cosignatureTime, cosignedMessage, formatCosignature } from "./cosignature.ts";
import { signingKey } from "./ed25519.node.ts";
import { openNote, parseNote, signNote } from "./note.ts";
import { cosignerOf, keyId, parseVerifierKey, signerOf } from "./note-key.ts";

const TIME = 1_679_315_147;
const SPEC_NOTE = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;
const seed = new Uint8Array(32).fill(4);
const witness = cosignerOf("witness.example/w", seed, TIME);
const log = signerOf("log.example/a", new Uint8Array(32).fill(1));
const head: Checkpoint = {
  origin: log.name,
  size: 3,
  root: new Uint8Array(32).fill(5),
  extensions: [],
};
const trust = {
  log: parseVerifierKey(log.verifierKey),
  witnesses: [parseVerifierKey(witness.verifierKey)],
};

test("the times in the specification's example and in its signed message", () => {
  const [plain, cosigned] = parseNote(new TextEncoder().encode(SPEC_NOTE)).signatures;
  assert.equal(cosignatureTime(cosigned?.signature ?? new Uint8Array(0)), TIME);
  assert.equal(cosignatureTime(plain?.signature ?? new Uint8Array(0)), undefined);
  const text = SPEC_NOTE.slice(0, SPEC_NOTE.indexOf("\n\n") + 1);
  assert.equal(
    new TextDecoder().decode(cosignedMessage(new TextEncoder().encode(text), TIME)),
    `cosignature/v1\ntime 1679315147\n${text}`,
  );
});

test("a witness's cosignature verifies beside the log's signature, and tells its time", () => {
  const { note } = openCheckpoint(signCheckpoint(head, [log, witness]), trust);
  assert.deepEqual(
    note.verified.map(({ name }) => name),
    [log.name, witness.name],
  );
  assert.equal(cosignatureTime(note.verified[1]?.signature ?? new Uint8Array(0)), TIME);
});

test("key IDs differ by type, so one key's plain signature and cosignature are never confused", () => {
  const plain = signerOf(witness.name, seed);
  const { publicKey } = signingKey(seed);
  assert.equal(witness.keyId, keyId(witness.name, 4, publicKey));
  assert.notEqual(witness.keyId, plain.keyId);
  const message = signCheckpoint(head, [plain]);
  assert.throws(() => openNote(message, trust.witnesses), { code: "NO_KNOWN_SIGNATURE" });
  const forged = { ...witness, sign: plain.sign };
  assert.throws(() => openNote(signNote("a\n", [forged]), trust.witnesses), {
    code: "SIGNATURE_INVALID",
  });
});

test("every flipped bit of a cosignature, its time included, is refused", () => {
  const text = new TextEncoder().encode("a\n");
  const [verifier] = trust.witnesses;
  const signature = witness.sign(text);
  assert.equal(verifier?.verify(text, signature), true);
  for (let bit = 0; bit < signature.length * 8; bit++) {
    const flipped = signature.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(verifier?.verify(text, flipped), false);
  }
  for (const length of [0, 8, 64, 71])
    assert.equal(verifier?.verify(text, signature.subarray(0, length)), false);
  assert.equal(verifier?.verify(text, Uint8Array.of(...signature, 0)), false);
});

test("a time is whole seconds from 0 to 2^53 − 1", () => {
  for (const time of [-1, 0.5, 2 ** 53])
    assert.throws(() => formatCosignature(time, new Uint8Array(64)), RangeError);
  assert.equal(cosignatureTime(formatCosignature(2 ** 53 - 1, new Uint8Array(64))), 2 ** 53 - 1);
  assert.equal(cosignatureTime(new Uint8Array(72).fill(0xff)), undefined);
});
