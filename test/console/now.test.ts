import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertAccessible,
  closeBrowserAfter,
  notAsked,
  openConsole,
  servedLedger,
} from "./harness.ts";

closeBrowserAfter();
const ledger = notAsked === false ? await servedLedger(20) : undefined;

/** What a log in trouble says of itself: no honest one that is served here would. */
const TROUBLE: Readonly<Record<string, (answer: Record<string, unknown>) => object>> = {
  state: (state) => ({
    ...state,
    log: { ...(state.log as object), missing: 12_345_678_901, holes: 2 },
    witnesses: [
      { name: "a.example", cosignedSize: 20, cosignedAt: state.now, failures: 0, alarm: null },
      { name: "b.example", cosignedSize: 9, cosignedAt: state.now, failures: 4, alarm: "forked" },
    ],
    denials: { QUOTA_EXCEEDED: 3, GOVERNANCE_DENIED: 0 },
    violations: 2,
  }),
  holes: () => ({
    holes: [
      { gateway: "0123456789abcdef", epoch: 1, from: 7, to: 7 },
      { gateway: "0123456789abcdef", epoch: 2, from: 1, to: 12_345_678_900 },
    ],
    next: null,
  }),
};

test("holes, witnesses that hold something against the log, and denials are said plainly", {
  skip: notAsked,
}, async () => {
  assert.ok(ledger !== undefined);
  const { page, faults, close } = await openConsole({
    url: `${ledger.serving.audit}/`,
    key: ledger.key,
    async prepare(context) {
      for (const [name, change] of Object.entries(TROUBLE)) {
        await context.route(
          (url) => url.pathname === `/v1/${name}`,
          async (route) => {
            const answer = await route.fetch();
            const json = change((await answer.json()) as Record<string, unknown>);
            await route.fulfill({ response: answer, json });
          },
        );
      }
    },
  });
  await page.waitForSelector(".arrivals a");
  const text = (await page.locator("main").innerText()).replaceAll("\u2009", "");
  for (const said of [
    /Missing records\s+12345678901\s+in 2 holes/,
    /0123456789abcdef\.1\s+7\b/,
    /0123456789abcdef\.2\s+1 – 12345678900/,
    /a\.example\s+20\s+this one, \d+ s ago/,
    /b\.example\s+9\s+cosigned a tree that this log does not continue/,
    /Turned away by the Bucket since its start: QUOTA_EXCEEDED 3\./,
    /2 requests here asked for more than reading\./,
  ]) {
    assert.match(text, said);
  }
  const isWhole = `(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector(".figure.is-wrong dd"))`;
  assert.equal(await page.evaluate(isWhole), true, "a figure is cut");
  await assertAccessible(page, "trouble");
  assert.deepEqual(await faults(), []);
  await close();
});

test("what was seen last stays, with what is wrong above it, while the log cannot be reached", {
  skip: notAsked,
}, async () => {
  assert.ok(ledger !== undefined);
  const { page, close } = await openConsole({ url: `${ledger.serving.audit}/`, key: ledger.key });
  await page.waitForSelector(".arrivals a");
  await page.route("**/v1/**", (route) => route.abort());
  await page.waitForSelector("text=The log cannot be reached.");
  assert.equal(await page.locator(".arrivals a").count(), 16);
  await page.unroute("**/v1/**");
  await page.waitForSelector("text=The log cannot be reached.", { state: "detached" });
  await close();
});
