import assert from "node:assert/strict";
import { test } from "node:test";
import { leafHash } from "@writ/tlog/hash";
import { parseNote, signNote } from "@writ/tlog/note";
import { parseVerifierKey, type Signer, signerOf } from "@writ/tlog/note-key";
import { Frontier } from "@writ/tlog/tree";
import { type HeadKey, openCosignedHead, openHead, sameHead, signHead } from "./head.ts";

const ORIGIN = "log.example/writ";
const SIGNERS = [11, 12, 13].map((seed) => signerOf(ORIGIN, new Uint8Array(32).fill(seed)));

function keyOf(signer: Signer, former: HeadKey["former"] = []): HeadKey {
  const verifier = parseVerifierKey(signer.verifierKey);
  return { origin: ORIGIN, signer, verifier, former };
}

function treeOf(size: number): Frontier {
  const frontier = new Frontier();
  for (let i = 0; i < size; i += 1) frontier.append(leafHash(Uint8Array.of(i)));
  return frontier;
}

test("a head is believed from the key that was in force at its size, and from no other", () => {
  // The first key signs up to 3 leaves, the second up to 5, the third from there on.
  const spans = [
    [0, 3],
    [3, 5],
    [5, 8],
  ] as const;
  const [first, second, third] = SIGNERS;
  assert.ok(first && second && third);
  const present = keyOf(third, [
    { verifier: parseVerifierKey(first.verifierKey), until: 3 },
    { verifier: parseVerifierKey(second.verifierKey), until: 5 },
  ]);
  for (let size = 0; size <= 8; size += 1) {
    for (const [i, signer] of SIGNERS.entries()) {
      const head = signHead(keyOf(signer), treeOf(size));
      const [from, to] = spans[i] ?? [0, 0];
      const open = (): unknown => openHead(present, head.note);
      if (from <= size && size <= to) assert.ok(sameHead(openHead(present, head.note), head));
      else assert.throws(open, { name: "NoteRefused" }, `size ${size}, key ${i}`);
    }
  }
});

test("a cosigned head gives the log's own head, and is none itself", () => {
  const [signer] = SIGNERS;
  assert.ok(signer);
  const key = keyOf(signer);
  const head = signHead(key, treeOf(5));
  const { text, signatures } = parseNote(head.note);
  const witness = signerOf("witness.example", new Uint8Array(32).fill(3));
  const cosigned = signNote(text, [witness], signatures);
  assert.deepEqual(openCosignedHead(key, cosigned), head);
  assert.throws(() => openHead(key, cosigned), /more in it/);
  assert.throws(() => openCosignedHead(key, signNote(text, [witness])), { name: "NoteRefused" });
});
