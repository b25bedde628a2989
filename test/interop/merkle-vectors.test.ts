import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ProofRefused, verifyConsistency, verifyInclusion } from "@writ/tlog/proof";
import { root } from "../root.ts";

/** github.com/transparency-dev/merkle's `testdata`: not part of the project. */
const folder: string =
  process.env.MERKLE_TESTDATA ?? join(root, "..", "shared", "data", "merkle-testdata");
const skip = existsSync(folder)
  ? false
  : `no transparency-dev/merkle vectors in ${folder}: set MERKLE_TESTDATA`;

interface Vector {
  readonly desc: string;
  readonly wantErr: boolean;
  readonly proof: readonly (string | null)[] | null;
}

interface InclusionVector extends Vector {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly leafHash: string | null;
  readonly root: string | null;
}

interface ConsistencyVector extends Vector {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string | null;
  readonly root2: string | null;
}

/** Go's encoding of bytes in JSON: base64, and null for none. */
function bytes(text: string | null): Uint8Array {
  return new Uint8Array(Buffer.from(text ?? "", "base64"));
}

function proofOf({ proof }: Vector): Uint8Array[] {
  return (proof ?? []).map(bytes);
}

function verifyInclusionVector(vector: InclusionVector): void {
  const { leafIdx: index, treeSize: size } = vector;
  const claim = { index, size, leaf: bytes(vector.leafHash), root: bytes(vector.root) };
  verifyInclusion(claim, proofOf(vector));
}

function verifyConsistencyVector(vector: ConsistencyVector): void {
  const { size1: oldSize, size2: newSize } = vector;
  const [oldRoot, newRoot] = [bytes(vector.root1), bytes(vector.root2)];
  verifyConsistency({ oldSize, newSize, oldRoot, newRoot }, proofOf(vector));
}

function read<T extends Vector>(kind: string): { path: string; vector: T }[] {
  const paths = globSync(`${kind}/**/*.json`, { cwd: folder }).sort();
  return paths.map((path) => ({
    path,
    vector: JSON.parse(readFileSync(join(folder, path), "utf8")),
  }));
}

/** The vectors on which we answer otherwise, with the code of our refusal. */
function disagreements<T extends Vector>(
  vectors: readonly { path: string; vector: T }[],
  verify: (vector: T) => void,
): string[] {
  const found: string[] = [];
  for (const { path, vector } of vectors) {
    let code = "accepted";
    try {
      verify(vector);
    } catch (error) {
      if (!(error instanceof ProofRefused)) throw error;
      code = error.code;
    }
    if ((code === "accepted") === vector.wantErr) found.push(`${path}: ${code}`);
  }
  return found;
}

describe("transparency-dev/merkle's vectors", { skip }, () => {
  test("every inclusion proof is accepted or refused as the vector wants", (context) => {
    const vectors = read<InclusionVector>("inclusion");
    assert.ok(vectors.length >= 98, `${vectors.length} vectors`);
    assert.deepEqual(disagreements(vectors, verifyInclusionVector), []);
    context.diagnostic(`${vectors.length} inclusion vectors`);
  });

  test("and every consistency proof, but for a root of 12 bytes, which is no SHA-256", (context) => {
    const vectors = read<ConsistencyVector>("consistency");
    assert.ok(vectors.length >= 98, `${vectors.length} vectors`);
    const other = "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json";
    assert.deepEqual(disagreements(vectors, verifyConsistencyVector), [
      `${other}: CLAIM_IMPOSSIBLE`,
    ]);
    const { vector } = vectors.find(({ path }) => path === other) ?? {};
    assert.ok(vector !== undefined);
    assert.equal(bytes(vector.root1).length, 12);
    // With any root that is a SHA-256 hash, equal sizes and an empty proof are what the vector says.
    const sized = { ...vector, root1: btoa("r".repeat(32)), root2: btoa("r".repeat(32)) };
    assert.deepEqual(disagreements([{ path: other, vector: sized }], verifyConsistencyVector), []);
    context.diagnostic(`${vectors.length} consistency vectors`);
  });
});
