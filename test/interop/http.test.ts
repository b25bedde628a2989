import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { airline, enforce, serve, temporaryFolder } from "../serving.ts";
import { buildChecker, type Judgement, missingGo } from "./go-toolchain.ts";

const CHECKS = 4;

/** Runs the checker beside this process, which goes on appending. */
function check(binary: string, log: string, env: Record<string, string>): Promise<Judgement> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [log], { env: { ...process.env, ...env } });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (part: Buffer) => {
        said[stream] += String(part);
      });
    }
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, ...said }));
  });
}

test("Go's sumdb reads a log over HTTP while it grows, and proves every tile", {
  skip: missingGo() ?? false,
}, async () => {
  const binary = buildChecker(temporaryFolder());
  const data = temporaryFolder();
  const serving = await serve(data);
  const lines = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");
  const env = {
    WRIT_VKEY: readFileSync(join(data, "log.vkey"), "utf8"),
    WRIT_AUDITOR_KEY: readFileSync(join(data, "keys", "auditor.key"), "utf8").trim(),
  };
  let isGrowing = true;
  const appending = (async () => {
    for (let sent = 0; isGrowing; sent++) {
      await enforce(serving.gateway, lines[sent % lines.length] ?? "");
    }
  })();
  const published = async (): Promise<number> => {
    const answer = await fetch(`${serving.audit}/checkpoint`);
    return Number((await answer.text()).split("\n")[1] ?? 0);
  };
  const publishedBeyond = async (size: number): Promise<void> => {
    while (!((await published()) > size)) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const sizes: number[] = [];
  for (let round = 0; round < CHECKS; round++) {
    await publishedBeyond(sizes.at(-1) ?? 300);
    const { status, stdout, stderr } = await check(binary, serving.audit, env);
    assert.equal(status, 0, stdout + stderr);
    sizes.push(Number(/, (\d+) entries/.exec(stdout)?.[1]));
  }
  assert.ok(new Set(sizes).size === CHECKS, `the log grew: ${sizes}`);
  const stranger = await check(binary, serving.audit, { ...env, WRIT_AUDITOR_KEY: "none" });
  assert.match(stranger.stderr, /tile\/entries\/\S+: 401/);
  isGrowing = false;
  await appending;
  assert.equal(await serving.stop(), 0);
});
