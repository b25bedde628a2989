import assert from "node:assert/strict";
import { test } from "node:test";
import { enforce } from "../serving.ts";
import {
  assertAccessible,
  assertFits,
  closeBrowserAfter,
  goTo,
  isWhole,
  linesOf,
  noBrowser,
  notAsked,
  type Opened,
  openConsole,
  type ServedLedger,
  servedLedger,
  until,
} from "./harness.ts";

closeBrowserAfter();
let ledger: ServedLedger = await servedLedger(isWhole ? undefined : 200);

/** Every address that a view has a face of its own for, and what shows that it is all there. */
const views: readonly (readonly [hash: string, sign: string])[] = [
  ["#/now", ".arrivals a"],
  ["#/now?window=all", ".chart rect.block"],
  ["#/find", ".list a"],
  ["#/find?decision=BLOCK&order=oldest", ".list a"],
  ["#/find?reason_code=NOTHING_OF_THE_KIND", ".over-time figure"],
  ["#/log", ".constitution"],
  ["#/event/3", ".same-input p"],
  ["#/replay", "#bundle-folder"],
];

async function open(options: Partial<Parameters<typeof openConsole>[0]>): Promise<Opened> {
  return openConsole({ url: `${ledger.serving.audit}/`, key: ledger.key, ...options });
}

for (const theme of ["light", "dark"] as const) {
  test(`every view in ${theme} colours: accessible, still, and true to its policy`, {
    skip: theme === "light" ? noBrowser : notAsked,
  }, async () => {
    const opened = await open({ theme });
    for (const [hash, sign] of views) {
      await goTo(opened.page, hash);
      await opened.page.waitForSelector(sign);
      await opened.page.waitForTimeout(100);
      await assertAccessible(opened.page, `${hash} ${theme}`);
    }
    assert.deepEqual(await opened.faults(), []);
    await opened.close();
  });
}

for (const width of [360, 800, 1280]) {
  test(`a page of ${width} px shows every view without moving sideways`, {
    skip: notAsked,
  }, async () => {
    const opened = await open({ width });
    for (const [hash, sign] of views) {
      await goTo(opened.page, hash);
      await opened.page.waitForSelector(sign);
      await assertFits(opened.page, hash);
    }
    await assertAccessible(opened.page, `${width} px`);
    assert.deepEqual(await opened.faults(), []);
    await opened.close();
  });
}

for (const [hash, sign] of views) {
  test(`nothing moves while ${hash} is first loaded`, { skip: notAsked }, async () => {
    const opened = await open({ hash });
    await opened.page.waitForSelector(sign);
    await opened.page.waitForTimeout(150);
    assert.deepEqual(await opened.faults(), []);
    await opened.close();
  });
}

test("the live view gains events while a client enforces, and holds still for a reader", {
  skip: noBrowser,
}, async () => {
  const { page, faults, close } = await open({ hash: "#/now?window=1h" });
  const line = linesOf("policies/airline/sample.jsonl")[0] ?? "";
  const gain = async (): Promise<void> => {
    await enforce(ledger.serving.gateway, line);
    ledger = { ...ledger, size: ledger.size + 1 };
  };
  const newest = (): Promise<void> => until(page, `${FIRST_SHOWN} === ${ledger.size - 1}`);
  await newest();
  for (let i = 0; i < 3; i++) await gain();
  await newest();
  // A round may have begun between two of them, and each round tells its own.
  await until(
    page,
    `/^[1-3] new decisions?, \\d BLOCK$/.test(document.querySelector("[role=status]").textContent)`,
  );
  await page.locator(".arrivals a").first().focus();
  await page.waitForSelector(".arrivals a:focus");
  await gain();
  await page.waitForSelector("text=held, 1 newer");
  assert.equal(await page.evaluate(FIRST_SHOWN), ledger.size - 2);
  // The checkpoint is published beside the index: either may be the first to know an event.
  await until(
    page,
    `document.querySelector(".figures > :last-child dd").textContent.replaceAll(/\\D/g, "") === "${ledger.size}"`,
  );
  assert.deepEqual(await faults(), []);
  await close();
});

/** The index of the first event that the live view lists, in the page. */
const FIRST_SHOWN =
  'Number(document.querySelector(".arrivals .at-index")?.textContent.replaceAll(/\\D/g, "") || "NaN")';

function digits(text: string): number {
  return Number(text.replaceAll(/\D/g, ""));
}

test("a filter stands in the address, and the address is the filter", {
  skip: notAsked,
}, async () => {
  const { page, faults, close } = await open({ hash: "#/find" });
  await page.waitForSelector(".list a");
  await page.getByLabel("Outcome").selectOption("is:BLOCK");
  await page.getByLabel("Status").selectOption("is:failed");
  await page.waitForURL(/#\/find\?decision=BLOCK&status=failed$/);
  const found = await countOf("decision=BLOCK&status=failed");
  assert.ok(found > 5 && found < ledger.size / 2);
  const shows = (events: number): Promise<void> =>
    until(page, `parseInt(document.querySelector(".head p").textContent) === ${events}`);
  await shows(found);
  const outcomes = await page.locator(".list .at-outcome").allInnerTexts();
  assert.deepEqual(new Set(outcomes), new Set(["BLOCK"]));
  await page.reload();
  await page.waitForSelector(".list a");
  await shows(found);
  assert.equal(await page.getByLabel("Outcome").inputValue(), "is:BLOCK");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.waitForURL(/#\/find$/);
  await until(page, `document.querySelector(".head p").textContent.startsWith("${ledger.size} ")`);
  assert.deepEqual(await faults(), []);
  await close();
});

/** How many events the audit process finds. */
async function countOf(filter: string): Promise<number> {
  const headers = { authorization: `Bearer ${ledger.key}` };
  const answer = await fetch(`${ledger.serving.audit}/v1/search?limit=1&${filter}`, { headers });
  return ((await answer.json()) as { total: { count: number } }).total.count;
}

test("an id or an index typed into the one field leads to its events", {
  skip: notAsked,
}, async () => {
  const fields = Promise.withResolvers<void>();
  const { page, close } = await open({
    hash: "#/find",
    async prepare(context) {
      await context.route("**/v1/fields", async (route) => {
        await fields.promise;
        await route.continue();
      });
    },
  });
  const field = page.getByLabel("Trace id, decision id or #index");
  const trace = await page.locator(".list .at-trace").first().innerText();
  await field.fill(` ${trace.toUpperCase()} `);
  // What arrives late leaves what was typed as it is.
  fields.resolve();
  await until(page, "document.querySelector('#filter-decision').options.length > 1");
  assert.equal(await field.inputValue(), ` ${trace.toUpperCase()} `);
  await field.press("Enter");
  await page.waitForURL(new RegExp(`trace_id=${trace}`));
  await until(
    page,
    `[...document.querySelectorAll(".list .at-trace")].every(({ textContent }) => textContent === "${trace}")`,
  );
  await field.fill("not an id");
  await field.press("Enter");
  assert.match(await page.locator("#filter-unclear").innerText(), /^Give 8 or more hex digits/);
  await field.fill("#7");
  await field.press("Enter");
  await page.waitForURL(/#\/event\/7$/);
  await close();
});

test("a hand on the keyboard reaches everything and sees where it is", {
  skip: notAsked,
}, async () => {
  const { page, faults, close } = await open({ hash: "#/find" });
  await page.waitForSelector(".list a");
  await page.waitForSelector("text=The same as a table");
  const press = (key: string): Promise<void> => page.keyboard.press(key);
  const focused = (): Promise<string> =>
    page.evaluate<string>(
      "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText).trim()",
    );
  await press("Tab");
  assert.equal(await focused(), "Skip to the content");
  const walked: string[] = [];
  for (let i = 0; i < 60; i++) {
    await press("Tab");
    walked.push(await focused());
    if (walked.at(-1)?.startsWith(String(ledger.size - 1))) break;
  }
  assert.deepEqual(walked.slice(0, 3), ["Now", "Find", "Log"]);
  for (const name of [
    "Trace id, decision id or #index",
    "Outcome",
    "Order",
    "The same as a table",
  ]) {
    assert.ok(walked.includes(name), `${name} is not among ${walked.join(" | ")}`);
  }
  await page.locator(".list a").first().focus();
  for (const [key, to] of [
    ["ArrowDown", 1],
    ["ArrowDown", 2],
    ["ArrowUp", 1],
    ["Home", 0],
  ] as const) {
    await press(key);
    await until(page, `document.activeElement.closest('[data-row]')?.dataset.row === "${to}"`);
  }
  await press("PageDown");
  await until(page, "Number(document.activeElement.closest('[data-row]')?.dataset.row) > 5");
  await press("End");
  await until(page, "Number(document.activeElement.closest('[data-row]')?.dataset.row) > 50");
  const outline = await page.evaluate<string>(
    "getComputedStyle(document.activeElement).outlineStyle",
  );
  assert.equal(outline, "solid");
  await press("Enter");
  await page.waitForURL(/#\/event\/\d+$/);
  await until(page, "document.activeElement.id === 'main'");
  assert.deepEqual(await faults(), []);
  await close();
});

test("a long list holds few rows, whatever was scrolled through", { skip: notAsked }, async () => {
  const { page, close } = await open({ hash: "#/find" });
  await page.waitForSelector(".list a");
  for (let i = 0; i < 12; i++) {
    await page.evaluate("document.querySelector('.list').scrollTop += 1500");
    await page.waitForTimeout(30);
    assert.ok((await page.locator(".list li").count()) < 80);
  }
  const last = page.locator(`.list li[aria-posinset="${ledger.size}"]`);
  // The end is farther away with every page that arrives.
  await until(
    page,
    `(document.querySelector(".list").scrollTop = 1e9, document.querySelector('.list li[aria-posinset="${ledger.size}"]'))`,
  );
  assert.equal(digits(await last.locator(".at-index").innerText()), 0);
  await close();
});

test("whether one checkpoint continues another is worked out in the browser", {
  skip: noBrowser,
}, async () => {
  const { page, answers, faults, close } = await open({ hash: "#/log" });
  await page.waitForSelector(".heads input");
  assert.ok((await page.locator(".heads input[name=from]").count()) > 3);
  await page.locator(".heads input[name=from]").nth(2).check();
  await page.locator(".heads input[name=to]").first().check();
  await page.getByRole("button", { name: /^Check that/ }).click();
  await page.waitForSelector("text=It does: nothing was removed or changed");
  assert.ok(answers.some(({ path }) => path.startsWith("/tile/0/")));
  assert.ok(!answers.some(({ path }) => path.startsWith("/proof/")));
  assert.deepEqual(await faults(), []);
  await close();
});

test("without a key nothing but checkpoints and hash tiles is asked for or given", {
  skip: noBrowser,
}, async () => {
  const opened = await openConsole({ url: `${ledger.serving.audit}/`, hash: "#/now" });
  const { page, answers } = opened;
  for (const hash of ["#/now", "#/find", "#/event/3"]) {
    await goTo(page, hash);
    await page.waitForSelector("text=Events are for auditors");
  }
  await goTo(page, "#/log");
  await page.waitForSelector(".heads input");
  await page.locator(".heads input[name=from]").nth(1).check();
  await page.getByRole("button", { name: /^Check that/ }).click();
  await page.waitForSelector("text=It does: nothing was removed or changed");
  const given = answers.map(({ path }) => path.split("?", 1)[0] ?? "");
  const open_ =
    /^\/(|assets\/[\w.-]+|vkey|checkpoint|checkpoints|checkpoint\/\d+|tile\/\d\/[\w/.]+)$/;
  assert.deepEqual(
    given.filter((path) => !open_.test(path)),
    [],
  );
  await assertAccessible(page, "without a key");
  assert.deepEqual(await opened.faults(), []);
  await opened.close();
});

test("a key that is not admitted is said to be so, and another can be given", {
  skip: notAsked,
}, async () => {
  const { page, close } = await open({ key: "A".repeat(43), hash: "#/now" });
  await page.waitForSelector("text=This key is not admitted");
  await page.getByLabel("Auditor's key").fill(ledger.key);
  await page.getByRole("button", { name: "Open" }).click();
  await page.waitForSelector(".arrivals a");
  assert.equal(await page.evaluate("location.href.includes('key')"), false);
  await close();
});

test("the key of the address that npm start prints is taken out of it", {
  skip: notAsked,
}, async () => {
  const opened = await openConsole({ url: `${ledger.serving.audit}/`, hash: `#key=${ledger.key}` });
  await opened.page.waitForSelector(".arrivals a");
  assert.equal(await opened.page.evaluate("location.hash"), "#/now");
  assert.equal(await opened.page.evaluate("localStorage.length + document.cookie.length"), 0);
  assert.deepEqual(await opened.faults(), []);
  await opened.close();
});

test("so is a key that is put into the address of a page which is open already", {
  skip: notAsked,
}, async () => {
  const { page, close } = await openConsole({ url: `${ledger.serving.audit}/`, hash: "#/log" });
  await goTo(page, `#key=${ledger.key}`);
  await page.waitForSelector("a.event-row");
  assert.equal(await page.evaluate("location.hash"), "#/now");
  await page.goBack();
  await page.waitForSelector("h1:text-is('Log')");
  assert.equal(await page.evaluate("location.href.includes('key')"), false);
  await close();
});

test("a choice of colours stays, and wins over the system's", { skip: notAsked }, async () => {
  const { page, close } = await open({ theme: "light" });
  const ground = (): Promise<string> =>
    page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
  const light = await ground();
  const turn = page.getByRole("button", { name: /^Colours/ });
  await turn.click();
  await turn.click();
  assert.match(await turn.innerText(), /dark/);
  assert.notEqual(await ground(), light);
  await page.reload();
  await page.waitForSelector("main h1");
  assert.notEqual(await ground(), light);
  await close();
});
