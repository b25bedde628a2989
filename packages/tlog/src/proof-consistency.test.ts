import assert from "node:assert/strict";
import { test } from "node:test";
import { EVERY_BIT_UP_TO, FLIPS, PROOF_SIZES } from "./every-bit.node.ts";
import {
  bitsFor,
  consistencyClaim,
  everyFlipRefused,
  reader,
  sameProof,
  tree,
} from "./proof.test-support.ts";
import { type Proof, proveConsistency, verifyConsistency } from "./proof.ts";

// Hundreds of thousands of refusals below: their stack traces would take most of the time.
Error.stackTraceLimit = 0;

test(`every consistency proof up to size ${PROOF_SIZES} is RFC 6962's, verifies, and no bit of it may change`, () => {
  let flips = 0;
  for (let newSize = 1; newSize <= PROOF_SIZES; newSize++) {
    for (let oldSize = 1; oldSize <= newSize; oldSize++) {
      const claim = consistencyClaim(oldSize, newSize);
      const proof: Proof = proveConsistency(oldSize, newSize, reader).map((hash) => hash.slice());
      assert.ok(
        sameProof(proof, tree.subproof(oldSize, 0, newSize, true)),
        `${oldSize} of ${newSize}`,
      );
      const verify = (): void => verifyConsistency(claim, proof);
      verify();
      flips += everyFlipRefused(
        newSize > EVERY_BIT_UP_TO ? proof : [...proof, claim.oldRoot, claim.newRoot],
        bitsFor(newSize, oldSize, EVERY_BIT_UP_TO),
        verify,
      );
    }
  }
  assert.ok(flips > FLIPS, `${flips} flips`);
});
