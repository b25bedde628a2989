import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { openPage } from "@writ/tlog/proof-page";
import type { BrowserContext, Page } from "playwright-core";
import { root } from "../root.ts";
import { temporaryFolder, writ } from "../serving.ts";
import {
  assertAccessible,
  closeBrowserAfter,
  makePage,
  notAsked,
  openConsole,
  type ServedLedger,
  servedLedger,
  theBrowser,
} from "./harness.ts";

const skip = notAsked;
closeBrowserAfter();
const ledger: ServedLedger = await servedLedger(40, skip);
const folder = temporaryFolder();
const INDEX = 12;

function vkey(): string {
  return readFileSync(join(ledger.data, "log.vkey"), "utf8").trim();
}

/** Opens a file with the network off. Whatever it asks for besides itself is in `asked`. */
async function openFile(path: string): Promise<{
  readonly context: BrowserContext;
  readonly page: Page;
  readonly faults: readonly string[];
}> {
  const context = await (await theBrowser()).newContext({ offline: true });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    if (request.url() !== pathToFileURL(path).href) faults.push(request.url());
  });
  await page.goto(pathToFileURL(path).href);
  return { context, page, faults };
}

async function verdictOf(path: string, key: string): Promise<string> {
  const { context, page } = await openFile(path);
  if (key !== "") await page.getByLabel("The log's verifier key").fill(key);
  const text = await page.locator("#verdict").innerText();
  await context.close();
  return text;
}

/** The page as the browser saves it. */
async function savedPage(): Promise<string> {
  const url = `${ledger.serving.audit}/`;
  const opened = await openConsole({ url, key: ledger.key, hash: `#/event/${INDEX}` });
  await opened.page.waitForSelector(".path-drawing");
  const saving = opened.page.waitForEvent("download");
  await opened.page.getByRole("button", { name: /^Save as one page/ }).click();
  const path = join(folder, "saved.html");
  await (await saving).saveAs(path);
  assert.deepEqual(await opened.faults(), []);
  await opened.close();
  return path;
}

test("a one-page proof opens from a file without a network, and verifies", { skip }, async () => {
  const path = await savedPage();
  const { context, page, faults } = await openFile(path);
  assert.match(await page.locator("#verdict").innerText(), /^Not proven yet/);
  await assertAccessible(page, "one-page proof");
  await page.getByLabel("The log's verifier key").fill(vkey());
  assert.match(await page.locator("#verdict").innerText(), /^Proven/);
  assert.equal(await page.locator("#checks .is-fails, #checks .is-unasked").count(), 0);
  await assertAccessible(page, "one-page proof that holds");
  assert.equal((await page.locator("#path rect").count()) > 1, true);
  assert.deepEqual(faults, []);
  await context.close();
  const other = vkey().replace(/\+[0-9a-f]{8}\+/, "+00000000+");
  assert.match(await verdictOf(path, other), /^NOT PROVEN/);
});

test("the terminal writes the same page, and checks it without its program", { skip }, async () => {
  const saved = readFileSync(join(folder, "saved.html"), "utf8");
  const { event } = openPage(saved).data;
  const { enforcement_decision_id: id } = JSON.parse(Buffer.from(event).toString()) as {
    enforcement_decision_id: string;
  };
  const html = join(folder, "proved.html");
  const out = join(folder, "attempt");
  const made = await writ(["prove", ledger.data, id, "--out", out, "--html", html]);
  assert.equal(made.code, 0, made.stderr);
  assert.equal(readFileSync(html, "utf8"), saved);
  const verified = await writ(["verify-proof", html, "--key", vkey(), "--json"]);
  assert.equal(verified.code, 0, verified.stdout);
  assert.equal(JSON.parse(verified.stdout).program, "own");
  writeFileSync(html, saved.replace("Proof of one decision", "Proven"));
  const altered = await writ(["verify-proof", html, "--key", vkey()]);
  assert.match(altered.stdout, /^the page's program is not the one/);
  // What stands in the page's text may be of another event: the one that was proved is told.
  assert.match(altered.stdout, /\nverified: .*\n\d+ .* [0-9a-f]{16}\.1\.\d+/);
});

test("altered bytes of event, proof and checkpoint are reported in the browser", {
  skip,
}, async () => {
  const saved = readFileSync(join(folder, "saved.html"), "utf8");
  const path = join(folder, "altered.html");
  const start = saved.indexOf('{"format"');
  const end = saved.indexOf("</script>", start);
  const step = Math.floor((end - start) / 60);
  const { context, page } = await openFile(join(folder, "saved.html"));
  for (let at = start; at < end; at += step) {
    const other = saved[at] === "A" ? "B" : "A";
    writeFileSync(path, saved.slice(0, at) + other + saved.slice(at + 1));
    await page.goto(pathToFileURL(path).href);
    await page.getByLabel("The log's verifier key").fill(vkey());
    assert.match(await page.locator("#verdict").innerText(), /^NOT PROVEN/, `${at - start}`);
  }
  await context.close();
});

test("a script that somebody put into the page does not run", { skip }, async () => {
  const saved = readFileSync(join(folder, "saved.html"), "utf8");
  const path = join(folder, "scripted.html");
  writeFileSync(path, saved.replace("</main>", "<script>document.title='ran'</script></main>"));
  const { context, page, faults } = await openFile(path);
  assert.equal(await page.title(), "Proof of one decision");
  assert.match(faults.join(), /Content Security Policy/);
  await context.close();
});

test("the sums that are published are those of the page without its data", async () => {
  await makePage();
  const dist = join(root, "packages", "console", "dist");
  const sums = readFileSync(join(dist, "SHA256SUMS"), "utf8");
  const names = sums
    .trimEnd()
    .split("\n")
    .map((line) => line.split("  ")[1] ?? "");
  assert.deepEqual(names, ["offline-verifier.js", "proof-page.html"]);
  for (const name of names) {
    assert.ok(sums.includes(`${sha256(readFileSync(join(dist, name)), "hex")}  ${name}\n`));
  }
  const template = readFileSync(join(dist, "proof-page.html"), "utf8");
  const script = readFileSync(join(dist, "offline-verifier.js"), "utf8");
  assert.ok(template.includes(`script-src 'sha256-${sha256(script, "base64")}'`));
  assert.ok(template.includes(`<script>${script}</script>`));
  if (skip !== false) return;
  const saved = readFileSync(join(folder, "saved.html"), "utf8");
  const data = /^<script type="application\/json" id="writ-proof">[^<]*<\/script>\n/m;
  assert.equal(saved.replace(data, ""), template);
});

function sha256(content: string | Uint8Array, encoding: "hex" | "base64"): string {
  return createHash("sha256").update(content).digest(encoding);
}
