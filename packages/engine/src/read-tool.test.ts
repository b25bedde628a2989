import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleOf, edit, PAYMENTS, testFaults } from "./sample-bundle.node.ts";

const SHA = "0123456789abcdef".repeat(4);
const [RULED, ALWAYS] = ["    action_type: message\n", "    action_type: halt\n"];

function withTool(tool: string, before: string): string {
  return edit(PAYMENTS, before, `${before}    tool: ${tool}\n`);
}

test("a category may name its tool, whoever decides; the digest knows it", () => {
  for (const [before, name] of [
    [RULED, "say"],
    [ALWAYS, "stop"],
  ] as const) {
    const bundle = bundleOf(withTool(`{ name: Send-Message.2, sha256: "${SHA}" }`, before));
    assert.deepEqual(bundle.categories.get(name)?.tool, { name: "Send-Message.2", sha256: SHA });
    assert.equal(bundle.categories.get("pay")?.tool, null);
    assert.notEqual(bundle.digest, bundleOf(PAYMENTS).digest);
    const other = withTool(`{ name: Send-Message.2, sha256: "${SHA.replace("0", "1")}" }`, before);
    assert.notEqual(bundle.digest, bundleOf(other).digest);
  }
});

testFaults(
  (
    [
      ["that is no mapping", "send", [["WRONG_TYPE", "send\n"]]],
      ["without a name", `{ sha256: "${SHA}" }`, [["MISSING_KEY", "{ sha256"]]],
      ["with an empty name", `{ name: "", sha256: "${SHA}" }`, [["TOOL", '"", sha256']]],
      [
        "with a name too long",
        `{ name: ${"x".repeat(129)}, sha256: "${SHA}" }`,
        [["TOOL", `${"x".repeat(129)}, sha`]],
      ],
      [
        "with another digest",
        `{ name: send, sha256: "${SHA.toUpperCase()}" }`,
        [["TOOL", '"0123456789A']],
      ],
      [
        "with a further key",
        `{ name: send, sha256: "${SHA}", server: x }`,
        [["UNKNOWN_KEY", "server: x"]],
      ],
    ] as const
  ).map(([what, tool, faults]) => ({
    what: `a tool ${what}`,
    from: RULED,
    to: `${RULED}    tool: ${tool}\n`,
    faults,
  })),
);
