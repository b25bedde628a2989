import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openEnvelope } from "@writ/contract/envelope";
import type { Engine } from "@writ/engine/engine";
import { armPolicy } from "@writ/engine/policy-folder";
import type { Page } from "playwright-core";
import { airline, temporaryFolder } from "../serving.ts";
import {
  assertAccessible,
  assertFits,
  closeBrowserAfter,
  linesOf,
  notAsked,
  type Opened,
  openConsole,
  type ServedLedger,
  servedLedger,
} from "./harness.ts";

const skip = notAsked;
closeBrowserAfter();
const ledger: ServedLedger = await servedLedger(Number.POSITIVE_INFINITY, skip);
const SAMPLE = join(airline, "sample.jsonl");
const FILES = ["bundle.yaml", "canaries.yaml"];

async function open(width = 1280): Promise<Opened> {
  const url = `${ledger.serving.audit}/`;
  return openConsole({ url, key: ledger.key, hash: "#/replay", width });
}

/** Gives the two files, and waits for what comes of them. */
async function replay(page: Page, inputs: string, bundle: readonly string[]): Promise<void> {
  await page.setInputFiles("#inputs", inputs);
  await page.setInputFiles("#bundle", [...bundle]);
  await page.getByRole("button", { name: "Replay" }).click();
  await page.waitForSelector("h2:text-is('Replayed'), main [role=alert]");
}

async function tallies(page: Page): Promise<readonly number[]> {
  const texts = await page.locator(".tally-figure").allInnerTexts();
  return texts.map((text) => Number(text.replaceAll("\u2009", "")));
}

/** The result as it is saved. */
async function saved(page: Page): Promise<readonly Record<string, unknown>[]> {
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Save the result/ }).click();
  const path = await (await saving).path();
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The airline's policy with a rule that lets one person take bags off; its canaries still hold. */
function loosened(): string {
  const folder = temporaryFolder();
  const rule = "input.arguments.total_baggages < input.reservation.total_baggages";
  for (const name of FILES) {
    const text = readFileSync(join(airline, name), "utf8");
    const open = text.replace(rule, `${rule} && input.user.user_id != "emeka_oduya_1002"`);
    assert.equal(open === text, name !== "bundle.yaml");
    writeFileSync(join(folder, name), open);
  }
  return folder;
}

function pathsIn(folder: string): readonly string[] {
  return FILES.map((name) => join(folder, name));
}

test("every input of the sample is found and equal", { skip }, async () => {
  const opened = await open();
  const { page } = opened;
  await assertAccessible(page, "#/replay");
  await replay(page, SAMPLE, pathsIn(airline));
  const inputs = linesOf("policies/airline/sample.jsonl").length;
  assert.deepEqual(await tallies(page), [inputs, inputs, 0, 0]);
  const result = await saved(page);
  assert.ok(result.every(({ found, different }) => found === "equal" && `${different}` === ""));
  const engine = await armPolicy(airline);
  assert.deepEqual(
    result.map(({ trace_id }) => trace_id),
    verdictsOf(engine).map(({ trace_id }) => trace_id),
  );
  await assertAccessible(page, "#/replay, replayed");
  assert.deepEqual(await opened.faults(), []);
  await opened.close();
});

function verdictsOf(engine: Engine): readonly ReturnType<Engine["decide"]>[] {
  return linesOf("policies/airline/sample.jsonl").map((line) =>
    engine.decide(openEnvelope(Buffer.from(line))),
  );
}

test("under a loosened rule exactly the inputs that it decides otherwise are different", {
  skip,
}, async () => {
  const folder = loosened();
  const [now, then] = [await armPolicy(folder), await armPolicy(airline)].map(verdictsOf);
  const expected = (now ?? []).flatMap(({ outcome, reason_code }, at) => {
    const same = outcome === then?.[at]?.outcome && reason_code === then[at]?.reason_code;
    return same ? [] : [at + 1];
  });
  assert.ok(expected.length > 0);
  const opened = await open(360);
  const { page } = opened;
  await replay(page, SAMPLE, pathsIn(folder));
  const result = await saved(page);
  const different = result.filter(({ found }) => found === "different");
  assert.deepEqual(
    different.map(({ line }) => line),
    expected,
  );
  assert.equal(result.filter(({ found }) => found === "never").length, 0);
  await page.waitForSelector("text=were recorded under another policy");
  await assertFits(page, "#/replay");
  await assertAccessible(page, "#/replay, different");
  await page.locator(".notable a").first().click();
  await page.waitForSelector("h1:text-matches('Event \\\\d+')");
  assert.deepEqual(await opened.faults(), []);
  await opened.close();
});

test("what was never recorded, and what does not load, is said to be so", { skip }, async () => {
  const { page, close } = await open();
  const folder = temporaryFolder();
  const inputs = join(folder, "inputs.jsonl");
  const unknown = { category: "get_user_details", input: { nobody: "asked this" } };
  writeFileSync(
    inputs,
    `${linesOf("policies/airline/sample.jsonl")[0]}\n${JSON.stringify(unknown)}`,
  );
  await replay(page, inputs, pathsIn(airline));
  assert.deepEqual(await tallies(page), [2, 1, 0, 1]);
  const broken = join(folder, "bundle.yaml");
  writeFileSync(broken, "writ: 1\nname: broken\ncategories: {}\nconstraint: []\n");
  await replay(page, inputs, [broken]);
  assert.match(await page.locator("main [role=alert]").innerText(), /bundle\.yaml:4:1/);
  await close();
});

test("a long replay can be stopped, and its thread can reach nobody", { skip }, async () => {
  const { page, close } = await open();
  const inputs = join(temporaryFolder(), "inputs.jsonl");
  const line = (at: number): string =>
    JSON.stringify({
      category: "think",
      input: { tool: "think", arguments: { thought: `${at}` } },
    });
  writeFileSync(inputs, Array.from({ length: 20_000 }, (_, at) => line(at)).join("\n"));
  await page.setInputFiles("#inputs", inputs);
  await page.setInputFiles("#bundle", [...pathsIn(airline)]);
  await page.getByRole("button", { name: "Replay" }).click();
  await page.waitForSelector("h2:text-is('Replaying…')");
  const [thread] = page.workers();
  const asked = "fetch('/checkpoint').then(() => 'reached', () => 'refused')";
  assert.equal(await thread?.evaluate(asked), "refused");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.waitForSelector("h2:text-is('Stopped')");
  const [stopped = 0] = await tallies(page);
  await page.waitForTimeout(500);
  assert.deepEqual((await tallies(page))[0], stopped);
  assert.ok(stopped < 20_000);
  await close();
});
