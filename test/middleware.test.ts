import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventsOf } from "../packages/enforce/src/enforce.test-support.ts";
import { root } from "./root.ts";
import { program, temporaryFolder } from "./serving.ts";

/** The first block of this language in a guide. */
function block(guide: string, language: string, after = ""): string {
  const text = readFileSync(join(root, "docs", guide), "utf8");
  const from = text.slice(text.indexOf(after));
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(from)?.[1];
  return found ?? assert.fail(`docs/${guide} has no ${language} after ${after}`);
}

/** A model that asks for two refunds, and then says what it was told of them. */
const MODEL = `import { MockLanguageModelV4 } from "ai/test";
const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const asks = [1250, 99900].map((cents, i) => ({
  type: "tool-call", toolCallId: "call-" + i, toolName: "refund",
  input: JSON.stringify({ order: "A17", cents }),
}));
let step = 0;
export const model = new MockLanguageModelV4({
  doGenerate: async ({ prompt }) => {
    step += 1;
    if (step === 1) return { content: asks, finishReason: { unified: "tool-calls" }, usage, warnings: [] };
    const told = prompt.at(-1).content.map(({ output }) => output.value);
    return { content: [{ type: "text", text: JSON.stringify(told) }], finishReason: { unified: "stop" }, usage, warnings: [] };
  },
});
`;

test("the guide's program guards its tool; the inputs it keeps serve diff and replay", () => {
  const cwd = temporaryFolder();
  symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
  mkdirSync(join(cwd, "policy"));
  writeFileSync(join(cwd, "policy", "refunds.yaml"), block("embedding.md", "yaml"));
  writeFileSync(join(cwd, "model.ts"), MODEL);
  writeFileSync(join(cwd, "refund.ts"), block("middleware.md", "ts"));
  const ran = spawnSync(process.execPath, ["refund.ts"], {
    cwd,
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(ran.status, 0, ran.stderr);
  const [done, refused] = JSON.parse(ran.stdout);
  assert.equal(done, "paid 1250 back for A17");
  const events = eventsOf(join(cwd, "ledger"));
  const shape = readFileSync(join(root, "docs", "middleware.md"), "utf8");
  assert.ok(shape.includes(refused.replaceAll(/(?<=_id":")[^"]+/g, "…")), refused);
  assert.deepEqual(
    events.map(({ decision, status, adapter_name }) => [decision, status, adapter_name]).sort(),
    [
      ["ALLOW", "success", "refund"],
      ["BLOCK", "success", null],
    ],
  );
  // npx itself takes longer than what it runs.
  const npx = `npx() { shift; ${process.execPath} ${program} "$@"; }`;
  const script = `set -e\n${npx}\n${block("middleware.md", "sh", "## What the kept inputs")}`;
  const tried = spawnSync("bash", ["-c", script], { cwd, encoding: "utf8", timeout: 60_000 });
  assert.equal(tried.status, 0, tried.stdout + tried.stderr);
  assert.match(tried.stdout, /2 inputs, 1 changed/);
  assert.match(tried.stdout, /EXECUTE → BLOCK/);
  assert.match(
    tried.stdout,
    /2 inputs: 2 found and equal, 0 found and different, 0 never recorded/,
  );
});
