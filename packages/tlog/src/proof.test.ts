import assert from "node:assert/strict";
import { test } from "node:test";
import { consistencyClaim, inclusionClaim, reader, refused, tree } from "./proof.test-support.ts";
import {
  type Proof,
  planConsistency,
  planInclusion,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from "./proof.ts";

test("a proof one hash longer or shorter, or in another order, is refused", () => {
  for (let size = 2; size <= 40; size++) {
    for (let index = 0; index < size; index++) {
      const proof = proveInclusion(index, size, reader);
      assertOnlyThis(proof, (other) => verifyInclusion(inclusionClaim(index, size), other));
    }
    for (let oldSize = 1; oldSize < size; oldSize++) {
      const proof = proveConsistency(oldSize, size, reader);
      assertOnlyThis(proof, (other) => verifyConsistency(consistencyClaim(oldSize, size), other));
    }
  }
});

function assertOnlyThis(proof: Proof, verify: (other: Proof) => void): void {
  const others: Proof[] = [
    [...proof, new Uint8Array(32)],
    [new Uint8Array(32), ...proof],
  ];
  if (proof.length > 0) {
    others.push(proof.slice(1), proof.slice(0, -1), proof.with(0, new Uint8Array(31)));
    others.push(proof.with(0, Uint8Array.of(...(proof[0] ?? []), 0)));
  }
  if (proof.length > 1) others.push(proof.toReversed());
  for (const other of others) assert.ok(refused(() => verify(other)));
}

test("a leaf proven at one index is at no other", () => {
  for (let size = 2; size <= 40; size++) {
    for (let index = 0; index < size; index++) {
      const proof = proveInclusion(index, size, reader);
      for (let other = 0; other < size; other++) {
        const claim = { ...inclusionClaim(index, size), index: other };
        assert.equal(
          refused(() => verifyInclusion(claim, proof)),
          other !== index,
        );
      }
    }
  }
});

test("the empty tree is a prefix of every tree, by an empty proof and its own root only", () => {
  for (let size = 0; size <= 9; size++) {
    assert.deepEqual(proveConsistency(0, size, reader), []);
    verifyConsistency(consistencyClaim(0, size), []);
    assert.ok(
      refused(() =>
        verifyConsistency({ ...consistencyClaim(0, size), oldRoot: new Uint8Array(32) }, []),
      ),
    );
    assert.ok(refused(() => verifyConsistency(consistencyClaim(0, size), [new Uint8Array(32)])));
  }
  assert.ok(
    refused(() => verifyConsistency({ ...consistencyClaim(0, 0), newRoot: tree.root(0, 1) }, [])),
  );
});

test("equal sizes need equal roots", () => {
  verifyConsistency(consistencyClaim(7, 7), []);
  assert.ok(
    refused(() => verifyConsistency({ ...consistencyClaim(7, 7), newRoot: tree.root(0, 6) }, [])),
  );
});

test("impossible claims are refused, impossible requests are errors", () => {
  const claim = inclusionClaim(0, 3);
  const proof = proveInclusion(0, 3, reader);
  for (const index of [-1, 3, 0.5, Number.NaN, 2 ** 53]) {
    assert.ok(refused(() => verifyInclusion({ ...claim, index }, proof)));
    assert.throws(() => planInclusion(index, 3), RangeError);
  }
  for (const size of [-1, 0, 0.5, 2 ** 53]) {
    assert.ok(refused(() => verifyInclusion({ ...claim, size }, proof)));
    assert.throws(() => planInclusion(0, size), RangeError);
  }
  for (const length of [0, 31, 33]) {
    const hash = new Uint8Array(length);
    assert.ok(refused(() => verifyInclusion({ ...claim, root: hash }, proof)));
    assert.ok(refused(() => verifyInclusion({ ...claim, leaf: hash }, proof)));
    assert.ok(
      refused(() =>
        verifyConsistency({ ...consistencyClaim(2, 2), oldRoot: hash, newRoot: hash }, []),
      ),
    );
  }
  assert.ok(refused(() => verifyConsistency({ ...consistencyClaim(2, 3), oldSize: 4 }, [])));
  assert.throws(() => planConsistency(4, 3), RangeError);
});

test("trees near 2^53 leaves: every plan stays in the tree, and its proof verifies", () => {
  const size = 2 ** 53 - 1;
  for (const index of [0, 1, 2 ** 32, 2 ** 52 - 1, 2 ** 52, size - 1]) {
    const plan = planInclusion(index, size);
    const proof = plan.fold(plan.coordinates.map((_, i) => new Uint8Array(32).fill(i)));
    assert.ok(proof.length <= 53);
    for (const { level, index: node } of plan.coordinates)
      assert.ok((node + 1) * 2 ** level <= size);
    const claim = { index, leaf: new Uint8Array(32), size, root: new Uint8Array(32) };
    assert.throws(() => verifyInclusion(claim, proof), { code: "ROOT_MISMATCH" });
  }
});
