import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { after, test } from "node:test";
import { airline, temporaryFolder, writ } from "../serving.ts";
import {
  assertAccessible,
  closeBrowserAfter,
  goTo,
  noBrowser,
  openConsole,
  servedLedger,
} from "./harness.ts";

closeBrowserAfter();
const ledger = await servedLedger(73);

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  css: "text/css",
};

/** A plain web server of a folder: what anybody would put an export on. */
async function webServer(folder: string): Promise<string> {
  const server: Server = createServer((request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? "/").split("?", 1)[0] ?? "/"));
    const file = join(folder, path === "/below/" ? "index.html" : path.replace(/^\/below\//, ""));
    if (!path.startsWith("/below/") || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[file.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/below/`;
}

test("an export carries the page, which shows what files can and says what they cannot", {
  skip: noBrowser,
}, async () => {
  const out = temporaryFolder();
  const { code, stderr } = await writ(["export", ledger.data, out]);
  assert.equal(code, 0, stderr);
  assert.equal((await writ(["export", ledger.data, out])).code, 0);
  const url = await webServer(out);
  const { page, answers, faults, close } = await openConsole({ url, hash: "#/now" });
  await page.waitForSelector("text=Rates and counts over time need the audit process");
  // The head is shown before the events are read.
  await page.waitForSelector("a.event-row");
  assert.equal(await page.locator(".event-row:not(.is-head)").count(), ledger.size);
  await assertAccessible(page, "exported");
  await goTo(page, "#/find");
  await page.waitForSelector("text=Filters and searches need the audit process");
  await page.locator("a.event-row").first().click();
  await page.waitForURL(/#\/event\/72$/);
  await page.getByRole("button", { name: "Pin the server's key, on first use" }).click();
  await page.waitForSelector(".verdict:has-text('Proven here')");
  await goTo(page, "#/replay");
  await page.setInputFiles("#inputs", join(airline, "sample.jsonl"));
  await page.setInputFiles("#bundle", [
    join(airline, "bundle.yaml"),
    join(airline, "canaries.yaml"),
  ]);
  await page.getByRole("button", { name: "Replay" }).click();
  await page.waitForSelector("h2:text-is('Replayed')");
  assert.deepEqual(await page.locator(".tally-figure").allInnerTexts(), ["73", "73", "0", "0"]);
  await goTo(page, "#/log");
  const kept = await page.locator("pre").textContent();
  await page.getByLabel(/^A checkpoint that you kept/).fill(kept ?? "");
  await page.getByRole("button", { name: /^Check that/ }).click();
  await page.waitForSelector("text=It does: nothing was removed or changed");
  assert.deepEqual(
    answers.filter(({ status }) => status >= 400),
    [],
  );
  assert.deepEqual(await faults(), []);
  await close();
});
