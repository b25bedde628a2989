import assert from "node:assert/strict";
import { test } from "node:test";
import { EVERY_BIT_UP_TO, FLIPS, PROOF_SIZES } from "./every-bit.node.ts";
import {
  bitsFor,
  everyFlipRefused,
  inclusionClaim,
  reader,
  sameProof,
  tree,
} from "./proof.test-support.ts";
import { type Proof, proveInclusion, verifyInclusion } from "./proof.ts";

// Hundreds of thousands of refusals below: their stack traces would take most of the time.
Error.stackTraceLimit = 0;

test(`every inclusion proof up to size ${PROOF_SIZES} is RFC 6962's, verifies, and no bit of it may change`, () => {
  let flips = 0;
  for (let size = 1; size <= PROOF_SIZES; size++) {
    for (let index = 0; index < size; index++) {
      const claim = inclusionClaim(index, size);
      const proof: Proof = proveInclusion(index, size, reader).map((hash) => hash.slice());
      assert.ok(sameProof(proof, tree.path(index, 0, size)), `${index} of ${size}`);
      const verify = (): void => verifyInclusion(claim, proof);
      verify();
      flips += everyFlipRefused(
        size > EVERY_BIT_UP_TO ? proof : [...proof, claim.leaf, claim.root],
        bitsFor(size, index, EVERY_BIT_UP_TO),
        verify,
      );
    }
  }
  assert.ok(flips > FLIPS, `${flips} flips`);
});
