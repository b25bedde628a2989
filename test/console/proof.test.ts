import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseSignerKey, signerOf } from "@writ/tlog/note-key";
import type { Page } from "playwright-core";
import {
  otherSigner,
  type SmallLog,
  smallLog,
} from "../../packages/console/src/proof/small-log.test-support.ts";
import {
  assertAccessible,
  closeBrowserAfter,
  goTo,
  noBrowser,
  notAsked,
  type Opened,
  openConsole,
  type ServedLedger,
  servedLedger,
} from "./harness.ts";

const skip = noBrowser;
closeBrowserAfter();
const ledger: ServedLedger = await servedLedger(300);
const INDEX = 7;

/** The verdict's words, once it is another than before. */
async function verdict(page: Page, words: string): Promise<void> {
  await page.waitForSelector(`.verdict:has-text("${words}")`);
}

/** What a check says, by its title; `✗ fails` and its sentence. */
async function checkSays(page: Page, title: string): Promise<string> {
  return page.locator(".checks li", { hasText: title }).innerText();
}

async function open(more: Partial<Parameters<typeof openConsole>[0]> = {}): Promise<Opened> {
  const url = `${ledger.serving.audit}/`;
  return openConsole({ url, key: ledger.key, hash: `#/event/${INDEX}`, ...more });
}

function vkey(): string {
  return readFileSync(join(ledger.data, "log.vkey"), "utf8").trim();
}

async function pasteKey(page: Page, key: string): Promise<void> {
  await page.getByLabel("The log's verifier key").fill(key);
  await page.getByRole("button", { name: /^Check with these keys/ }).click();
}

/** Answers a path of the log with other bytes. */
async function forge(page: Page, path: string, body: Uint8Array): Promise<void> {
  await page.route(
    (url) => `${url.pathname}${url.search}` === `/${path}`,
    (route) => route.fulfill({ body: Buffer.from(body) }),
  );
}

async function served(path: string): Promise<Uint8Array> {
  const answer = await fetch(`${ledger.serving.audit}/${path}`);
  return new Uint8Array(await answer.arrayBuffer());
}

test("an event is proved with a key that was pasted, and not before; the path is drawn", {
  skip,
}, async () => {
  const opened = await open();
  const { page } = opened;
  await verdict(page, "Not proven yet");
  assert.match(await checkSays(page, "comes from its reader"), /not asked/);
  await pasteKey(page, vkey());
  await verdict(page, "Proven here");
  assert.equal(await page.locator(".checks .is-fails, .checks .is-unasked").count(), 0);
  const label = await page.locator(".path-drawing").getAttribute("aria-label");
  assert.match(label ?? "", new RegExp(`event ${INDEX} up \\d+ steps to the root of \\d+ events`));
  const steps = Number(/up (\d+) steps/.exec(label ?? "")?.[1]);
  assert.equal(await page.locator(".path-drawing rect").count(), 2 * steps + 1);
  assert.equal(await page.locator(".path-words li").count(), steps + 2);
  await goTo(page, `#/event/${INDEX + 1}`);
  await page.waitForSelector(`h1:has-text("Event ${INDEX + 1}")`);
  await verdict(page, "Proven here");
  assert.match(await checkSays(page, "The tree continues the one seen before"), /holds/);
  assert.deepEqual(await opened.faults(), []);
  await opened.close();
});

test("every third event that was recorded is proved", { skip: notAsked }, async () => {
  const { page, close } = await open();
  await page.getByRole("button", { name: "Pin the server's key, on first use" }).click();
  const step = 3;
  for (let index = 0; index < ledger.size; index += step) {
    await goTo(page, `#/event/${index}`);
    await page.waitForSelector(`h1:text-is("Event ${index}")`);
    await verdict(page, "Proven here");
  }
  assert.match(await checkSays(page, "comes from its reader"), /when it was first used/);
  await close();
});

test("a tampered tile, event or checkpoint is shown as what it is", { skip }, async () => {
  const { page, close } = await open();
  await pasteKey(page, vkey());
  await verdict(page, "Proven here");
  for (const [path, title, words] of [
    ["tile/0/000", "The hash tiles make up", /tile\/0\/000 was altered/],
    [`v1/event?index=${INDEX}`, "The tree holds this event", /event or the tile was altered/],
    ["checkpoint", "The log signed the checkpoint", /does not verify/],
  ] as const) {
    const bytes = await answerOf(page, path);
    const at = path === "checkpoint" ? bytes.indexOf(10) + 1 : 40;
    bytes[at] = bytes[at] === 0x37 ? 0x38 : 0x37;
    await forge(page, path, bytes);
    await goTo(page, "#/log");
    await page.waitForSelector("h1:text-is('Log')");
    await goTo(page, `#/event/${INDEX}`);
    await verdict(page, "This does not hold");
    const said = await checkSays(page, title);
    assert.match(said, /✗ fails/, path);
    assert.match(said, words, path);
    if (path === "tile/0/000") await assertAccessible(page, "an event that does not hold");
    await page.unrouteAll();
  }
  await close();
});

/** What the log gives to an auditor. */
async function answerOf(page: Page, path: string): Promise<Uint8Array> {
  const url = `${ledger.serving.audit}/${path}`;
  const headers = { authorization: `Bearer ${ledger.key}` };
  return new Uint8Array(await (await page.request.get(url, { headers })).body());
}

test("a wrong key is told from a forged log by its own words, and can be taken back", {
  skip: notAsked,
}, async () => {
  const { page, close } = await open();
  const origin = vkey().split("+", 1)[0] ?? "";
  const { verifierKey } = otherSigner;
  await pasteKey(page, verifierKey);
  await verdict(page, "This does not hold");
  assert.match(await checkSays(page, "The checkpoint is this log's"), new RegExp(origin));
  await pasteKey(page, `${verifierKey}x`);
  await page.waitForSelector("[role=alert]:has-text('base64')");
  await page.getByRole("button", { name: /^Forget keys/ }).click();
  await verdict(page, "Not proven yet");
  await pasteKey(page, otherKeyOfThisLog());
  await verdict(page, "This does not hold");
  assert.match(await checkSays(page, "The log signed the checkpoint"), /another key/);
  await close();
});

/** A key under the log's own name that is not its own. */
function otherKeyOfThisLog(): string {
  return signerOf(vkey().split("+", 1)[0] ?? "", new Uint8Array(32).fill(9)).verifierKey;
}

test("an older checkpoint than one seen is shown to be stale", { skip: notAsked }, async () => {
  const { page, close } = await open();
  await pasteKey(page, vkey());
  await verdict(page, "Proven here");
  const { checkpoints } = JSON.parse(Buffer.from(await served("checkpoints")).toString()) as {
    checkpoints: readonly { size: number }[];
  };
  const older = checkpoints.find(({ size }) => size > INDEX && size < ledger.size);
  assert.ok(older);
  await forge(page, "checkpoint", await served(`checkpoint/${older.size}`));
  await page.reload();
  await verdict(page, "This does not hold");
  assert.match(await checkSays(page, "not older than one seen"), /✗ fails.*rolled back/s);
  assert.match(await checkSays(page, "The tree continues the one"), /✓ holds/);
  await close();
});

test("a second history that the log signed is shown to be a fork", { skip }, async () => {
  const { page, close } = await open();
  await pasteKey(page, vkey());
  await verdict(page, "Proven here");
  const fork = forkOfThisLog();
  await page.route(/\/(checkpoint|tile\/.*|v1\/event\?.*)$/, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const body = await forkAnswer(fork, pathname.slice(1), search);
    await route.fulfill(body === undefined ? { status: 404 } : { body: Buffer.from(body) });
  });
  await page.reload();
  await verdict(page, "This does not hold");
  assert.match(await checkSays(page, "The tree holds this event"), /✓ holds/);
  assert.match(await checkSays(page, "The log signed the checkpoint"), /✓ holds/);
  assert.match(await checkSays(page, "The tree continues the one"), /✗ fails.*two histories/s);
  await close();
});

/** Other events, under signatures of the log's own key: what only its operator can make. */
function forkOfThisLog(): SmallLog {
  const skey = readFileSync(join(ledger.data, "keys", "log.key"), "utf8")
    .trim()
    .split("\n");
  const signer = parseSignerKey(skey.at(-1) ?? "");
  return smallLog(ledger.size + 9, { signers: [signer] });
}

async function forkAnswer(
  fork: SmallLog,
  path: string,
  search: string,
): Promise<Uint8Array | undefined> {
  if (path === "checkpoint") return fork.head(fork.events.length);
  if (path === "v1/event") return fork.events[Number(new URLSearchParams(search).get("index"))];
  return fork.fetchTile(path);
}

test("the same input, judged before, stands beside it", { skip: notAsked }, async () => {
  const { page, close } = await open();
  const headers = { authorization: `Bearer ${ledger.key}` };
  const url = `${ledger.serving.audit}/v1/search?limit=300`;
  const { events } = (await (await page.request.get(url, { headers })).json()) as {
    events: readonly { index: number; trace_id: string }[];
  };
  const [last] = events.filter(({ trace_id, index }) =>
    events.some((each) => each.trace_id === trace_id && each.index < index),
  );
  assert.ok(last);
  const others = events.filter(
    ({ trace_id, index }) => trace_id === last.trace_id && index !== last.index,
  );
  await goTo(page, `#/event/${last.index}`);
  await page.waitForSelector(`h1:text-is("Event ${last.index}")`);
  await page.waitForSelector("text=The same input was judged before");
  assert.equal(await page.locator(".same-input li").count(), others.length);
  await close();
});
