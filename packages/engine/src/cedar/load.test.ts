import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadCedar } from "./load.node.ts";

const CEDAR = loadCedar();
const UID = { type: "A", id: "a" };

function decision(depth: number): string {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  const answer = CEDAR.statefulIsAuthorized({
    principal: UID,
    action: UID,
    resource: UID,
    context: { value },
    preparsedPolicySetId: "load",
    entities: [],
  });
  return answer.type === "success" ? answer.response.decision : answer.type;
}

test("the digest is that of the installed bytes", () => {
  const url = import.meta.resolve("@cedar-policy/cedar-wasm/web");
  const bytes = readFileSync(new URL("cedar_wasm_bg.wasm", url));
  assert.equal(CEDAR.sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.equal(loadCedar().sha256, CEDAR.sha256);
});

test("what threw once is not used again", () => {
  const staticPolicies = "permit(principal, action, resource);";
  assert.equal(CEDAR.preparsePolicySet("load", { staticPolicies }).type, "success");
  assert.equal(CEDAR.preparsePolicySet("none", { staticPolicies: "permit" }).type, "failure");
  assert.equal(decision(100), "allow");
  assert.throws(() => decision(1000), /recursion limit/);
  assert.throws(() => decision(1), { code: "CEDAR_UNUSABLE" });
  assert.throws(() => CEDAR.policySetTextToParts(staticPolicies), { code: "CEDAR_UNUSABLE" });
});
