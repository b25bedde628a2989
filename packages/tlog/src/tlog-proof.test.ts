import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Checkpoint, signCheckpoint } from "./checkpoint.ts";
import { leafHash } from "./hash.ts";
import { NaiveTree, naiveReader, sampleEntries } from "./naive-tree.test-support.ts";
import { parseVerifierKey, signerOf } from "./note-key.ts";
import { proveInclusion } from "./proof.ts";
import {
  formatTlogProof,
  parseTlogProof,
  type TlogProof,
  TlogProofRefused,
  verifyTlogProof,
} from "./tlog-proof.ts";

const tree = new NaiveTree(sampleEntries(11));
const log = signerOf("log.example/a", new Uint8Array(32).fill(1));
const trust = { log: parseVerifierKey(log.verifierKey) };
const head: Checkpoint = {
  origin: "log.example/a",
  size: 11,
  root: tree.root(0, 11),
  extensions: [],
};
const checkpoint = signCheckpoint(head, [log]);

function proofOf(index: number): TlogProof {
  return { extra: null, index, proof: proveInclusion(index, 11, naiveReader(tree)), checkpoint };
}

function leaf(index: number): Uint8Array {
  return leafHash(tree.leaves[index] ?? new Uint8Array(0));
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

test("the layout of the specification", () => {
  const text = decode(formatTlogProof({ ...proofOf(10), extra: encode("hi") }));
  const [magic, extra, index, ...rest] = text.split("\n");
  assert.deepEqual([magic, extra, index], ["c2sp.org/tlog-proof@v1", "extra aGk=", "index 10"]);
  assert.equal(rest.indexOf(""), 2);
  assert.ok(text.endsWith(`\n\n${decode(checkpoint)}`));
});

test("every leaf's proof verifies, for that leaf and that log alone", () => {
  const stranger = parseVerifierKey(
    signerOf("log.example/a", new Uint8Array(32).fill(2)).verifierKey,
  );
  for (let index = 0; index < 11; index++) {
    const bytes = formatTlogProof(proofOf(index));
    assert.deepEqual(verifyTlogProof(bytes, leaf(index), trust).checkpoint, head);
    for (let other = 0; other < 11; other++) {
      if (other === index) continue;
      assert.throws(() => verifyTlogProof(bytes, leaf(other), trust), { code: "ROOT_MISMATCH" });
      const moved = formatTlogProof({ ...proofOf(index), index: other });
      assert.throws(() => verifyTlogProof(moved, leaf(index), trust), { name: "ProofRefused" });
    }
    assert.throws(() => verifyTlogProof(bytes, leaf(index), { log: stranger }), {
      code: "NO_KNOWN_SIGNATURE",
    });
  }
});

test("an index outside the checkpoint's tree is refused", () => {
  const bytes = formatTlogProof({ ...proofOf(10), index: 11 });
  assert.throws(() => verifyTlogProof(bytes, leaf(10), trust), { code: "CLAIM_IMPOSSIBLE" });
});

test("every single-bit flip of a proof file is refused", () => {
  const bytes = formatTlogProof(proofOf(4));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => verifyTlogProof(flipped, leaf(4), trust), `bit ${bit}`);
  }
});

test("a proof and its bytes are the same statement", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const any = fc.record(
    {
      extra: fc.option(fc.uint8Array({ minLength: 1, maxLength: 50 })),
      index: fc.maxSafeNat(),
      proof: fc.array(hash, { maxLength: 53 }),
      checkpoint: fc.constant(checkpoint),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(any, (value) => {
      assert.deepEqual(parseTlogProof(formatTlogProof(value)), value);
    }),
  );
});

test("an edited proof is refused or is spelled as it would be formatted", () => {
  const original = decode(formatTlogProof({ ...proofOf(4), extra: encode("hello") }));
  const edit = fc.record({
    at: fc.nat(original.length),
    cut: fc.nat(3),
    add: fc.constantFrom(
      "",
      "\n",
      "\n\n",
      "0",
      "1",
      " ",
      "=",
      "A",
      "extra ",
      "index 4\n",
      "\u0000",
      "\u00e9",
    ),
  });
  fc.assert(
    fc.property(edit, ({ at, cut, add }) => {
      const edited = encode(original.slice(0, at) + add + original.slice(at + cut));
      try {
        assert.deepEqual(formatTlogProof(parseTlogProof(edited)), edited);
      } catch (error) {
        assert.ok(error instanceof TlogProofRefused, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test("malformed proofs", () => {
  const hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
  const magic = "c2sp.org/tlog-proof@v1";
  const tail = `\n\n${decode(checkpoint)}`;
  for (const text of [
    "",
    "\n\n",
    tail,
    `${magic}${tail}`,
    `${magic}\nindex 0`,
    `${magic}\nindex 0\n`,
    `${magic}\nindex 0\n\n`,
    `${magic}\nindex 0\n\nno note\n`,
    `${magic} \nindex 0${tail}`,
    `c2sp.org/tlog-proof@v2\nindex 0${tail}`,
    `${magic}\nindex 00${tail}`,
    `${magic}\nindex -0${tail}`,
    `${magic}\nindex 9007199254740992${tail}`,
    `${magic}\nindex${tail}`,
    `${magic}\nindex 0 ${tail}`,
    `${magic}\nextra \nindex 0${tail}`,
    `${magic}\nextra\nindex 0${tail}`,
    `${magic}\nextra aGk\nindex 0${tail}`,
    `${magic}\nextra aGk=\nextra aGk=\nindex 0${tail}`,
    `${magic}\nindex 0\nextra aGk=${tail}`,
    `${magic}\nindex 0\nAAAA${tail}`,
    `${magic}\nindex 0\n${hash} ${tail}`,
    `${magic}\r\nindex 0${tail}`,
    `${magic}\nindex 0${`\n${hash}`.repeat(54)}${tail}`,
    `\ufeff${magic}\nindex 0${tail}`,
    `${magic}\nindex 0${tail}x`,
  ]) {
    assert.throws(
      () => parseTlogProof(encode(text)),
      TlogProofRefused,
      JSON.stringify(text.slice(0, 90)),
    );
  }
  assert.throws(() => parseTlogProof(new Uint8Array(2_000_001)), TlogProofRefused);
});

test("what no proof can hold is not formatted", () => {
  for (const bad of [
    { extra: new Uint8Array(0) },
    { extra: new Uint8Array(2_000_000) },
    { index: -1 },
    { index: 0.5 },
    { index: 2 ** 53 },
    { proof: [new Uint8Array(31)] },
    { proof: Array<Uint8Array>(54).fill(new Uint8Array(32)) },
    { checkpoint: encode("no note") },
  ]) {
    assert.throws(() => formatTlogProof({ ...proofOf(0), ...bad }), TlogProofRefused);
  }
});
