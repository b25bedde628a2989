import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { SEVERITY } from "@writ/contract/outcome";
import type { Engine } from "@writ/engine/engine";
import fc from "fast-check";
import { armFolder } from "../packages/cli/src/policy-folder.ts";
import { judge, readPhrases } from "../policies/assistant/validator/judge.ts";
import { root } from "./root.ts";
import { enforce, inParallel, serve, temporaryFolder, writ } from "./serving.ts";

const policy = join(root, "policies", "assistant");
const sample = readFileSync(join(policy, "sample.jsonl"), "utf8").trimEnd().split("\n");

/** What each call of the sample comes to, with the validator of the sample running. */
const expected: Readonly<Record<string, string>> = {
  plain: "EXECUTE",
  "plain-on-voice": "EXECUTE",
  threat: "BLOCK",
  "threat-in-disguise": "BLOCK",
  scarcity: "REWRITE REMOVE_PRESSURE",
  "wine-for-a-teen": "BLOCK",
  "self-harm-without-help": "REWRITE ADD_HELP_LINE",
  "self-harm-with-help": "EXECUTE",
  "medical-advice": "REWRITE ADD_DISCLAIMER",
  "intimate-and-dependent": "BLOCK",
  pressure: "REWRITE REMOVE_PRESSURE",
  "low-karma": "BLOCK",
  "forged-host": "BLOCK",
};

async function startValidator(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const script = join(policy, "validator", "serve.ts");
  const child = spawn(process.execPath, [script, "--port", "0"], { stdio: ["ignore", "pipe", 2] });
  after(() => child.kill());
  const line = await new Promise<string>((resolve) =>
    child.stdout?.once("data", (chunk: Buffer) => resolve(String(chunk))),
  );
  const url = /http:\/\/\S+/.exec(line)?.[0] ?? "";
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

async function answers(gateway: string): Promise<Record<string, string>> {
  const all = await inParallel(sample, 4, async (line) => {
    const { body } = await enforce(gateway, line);
    const said = [body.decision, body.rewrite_class].filter((part) => part !== undefined);
    return [JSON.parse(line).case, said.join(" ")] as const;
  });
  return Object.fromEntries(all);
}

test("the sample with its validator; and nothing but BLOCK once that is gone", async () => {
  const validator = await startValidator();
  const file = join(temporaryFolder(), "validators.json");
  writeFileSync(file, JSON.stringify({ behaviour: { url: validator.url, timeout_ms: 5000 } }));
  const data = temporaryFolder();
  const serving = await serve(data, "--policy", policy, "--validators", file);
  assert.deepEqual(await answers(serving.gateway), expected);
  await validator.stop();
  const without = await answers(serving.gateway);
  assert.deepEqual(new Set(Object.values(without)), new Set(["BLOCK"]));
  assert.equal(await serving.stop(), 0);
  const { code, stdout } = await writ(["verify", data, "--json"]);
  assert.equal(code, 0, stdout);
  assert.equal(JSON.parse(stdout).events, 2 * sample.length);
});

test("the validator finds its phrases through case, punctuation and invisible characters", () => {
  const phrases = readPhrases("REWRITE SCARCITY only today\nBLOCK THREAT i will hurt\n# no\n\n");
  const said = (text: string): string => Object.values(judge(phrases, text)).join(" ");
  assert.equal(said("ONLY, today!"), "REWRITE SCARCITY");
  assert.equal(said("only\u200b to\u00adday … I\nWILL hurt"), "BLOCK THREAT");
  assert.equal(said("commonly todayish"), "EXECUTE CLEAN");
  assert.throws(() => readPhrases("MAYBE X y"), /outcome, reason and phrase/);
});

const enumOf = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom(...values);

const response = fc.record({
  text: enumOf("Hello.", "a".repeat(600), "a".repeat(601)),
  intent: enumOf("inform", "advise", "persuade", "sell", "comfort"),
  tone: enumOf("neutral", "warm", "urgent", "intimate"),
  dependency_score: fc.constantFrom(0, 0.49, 0.5, 0.79, 0.8, 1),
  age_gate: enumOf("unknown", "child", "teen", "adult"),
  region: enumOf("eu", "uk", "us", "in", "other"),
  platform: enumOf("web", "mobile", "voice", "kids"),
  risk_flags: fc.uniqueArray(
    enumOf("alcohol", "gambling", "self_harm", "violence", "medical", "political", "manipulation"),
    { maxLength: 3 },
  ),
  verdict: enumOf("EXECUTE", "REWRITE", "BLOCK"),
});

/** Higher is more severe. */
function severity(
  engine: Engine,
  drawn: typeof response extends fc.Arbitrary<infer T> ? T : never,
  karma: number,
): number {
  const { age_gate, verdict, ...rest } = drawn;
  const input = jsonFrom({ ...rest, user: { age_gate, karma } });
  const host = jsonFrom({ validators: { behaviour: { outcome: verdict, reason: "SAID" } } });
  assert.ok(input instanceof JsonObject && host instanceof JsonObject);
  const { outcome, failed } = engine.decide({ category: "response", input }, host);
  assert.equal(failed, false);
  return -SEVERITY.indexOf(outcome);
}

test("no karma makes any outcome milder than neutral karma does", async () => {
  const engine = await armFolder(policy);
  fc.assert(
    fc.property(response, fc.integer({ min: -100, max: 100 }), (drawn, karma) => {
      assert.ok(severity(engine, drawn, karma) >= severity(engine, drawn, 0));
    }),
    { numRuns: 3000 },
  );
});
