import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { root } from "../root.ts";
import { enforce, inParallel, recordedCalls } from "../serving.ts";
import {
  closeBrowserAfter,
  isWhole,
  linesOf,
  noBrowser,
  type OpenOptions,
  openConsole,
  servedLedger,
} from "./harness.ts";

/** Whether the pictures are to be taken anew. */
const isTaking = process.env.WRIT_PICTURES === "1";
const isAsked = noBrowser === false && (isTaking || isWhole);

interface Picture {
  readonly name: string;
  readonly hash: string;
  readonly height: number;
  readonly prepare: (page: Page) => Promise<unknown>;
}

closeBrowserAfter();
const ledger = isAsked ? await servedLedger(1) : undefined;

const WIDTH = 1200;
const PICTURES: readonly Picture[] = [
  {
    name: "now",
    hash: "#/now?window=all",
    height: 860,
    prepare: (page) => page.waitForSelector(".chart rect.block"),
  },
  {
    name: "event",
    hash: "#/event/blocked",
    height: 1240,
    async prepare(page) {
      await page.getByRole("button", { name: /^Pin the server's key/ }).click();
      await page.waitForSelector(".verdict:not(:has-text('Not proven'))");
      await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)");
    },
  },
];

function pathOf(name: string): string {
  return join(root, "docs", "pictures", `${name}.png`);
}

/** Width and height that a PNG states in its first chunk. */
function sizeOf(png: Buffer): readonly [number, number] {
  assert.equal(png.toString("latin1", 1, 4), "PNG");
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

for (const { name, height } of PICTURES) {
  test(`the picture ${name} is there`, { skip: isTaking }, () => {
    assert.deepEqual(sizeOf(readFileSync(pathOf(name))), [WIDTH, height]);
  });
}

/** As a day's work would look, in half a minute: now more calls, now fewer. */
async function work(gateway: string): Promise<void> {
  const recorded = recordedCalls();
  const sample = linesOf("policies/airline/sample.jsonl");
  const usual = "lines" in recorded ? recorded.lines : [];
  // Between each two odd ones as many of the usual as there are.
  const between = Math.floor(usual.length / sample.length);
  const lines = sample.flatMap((odd, at) => [
    ...usual.slice(at * between, (at + 1) * between),
    odd,
  ]);
  for (let at = 0, beat = 0; at < lines.length; beat++) {
    const many = 8 + ((beat * 7) % 19);
    await inParallel(lines.slice(at, at + many), 8, (line) => enforce(gateway, line));
    at += many;
    await new Promise((resolve) => setTimeout(resolve, 800));
  }
}

test("the documents' pictures are those of the page as it is", {
  skip: isAsked ? false : "asked with WRIT_BROWSER=all, taken with WRIT_PICTURES=1",
  timeout: 120_000,
}, async () => {
  assert.ok(ledger !== undefined);
  await work(ledger.serving.gateway);
  for (const picture of PICTURES) {
    const index = await blockedBy("PASSENGER_COUNT_FIXED");
    const options: OpenOptions = {
      url: `${ledger.serving.audit}/`,
      key: ledger.key,
      hash: picture.hash.replace("blocked", String(index)),
      width: WIDTH,
    };
    const { page, close } = await openConsole(options);
    // Beside the page stands room for a scroll bar, which is no part of the picture.
    const room = await page.evaluate<number>(
      "innerWidth - document.documentElement.getBoundingClientRect().width",
    );
    await page.setViewportSize({ width: WIDTH + room, height: picture.height });
    await picture.prepare(page);
    await page.waitForTimeout(300);
    const clip = { x: 0, y: 0, width: WIDTH, height: picture.height };
    const taken = await page.screenshot({ clip });
    if (isTaking) {
      mkdirSync(dirname(pathOf(picture.name)), { recursive: true });
      writeFileSync(pathOf(picture.name), taken);
    }
    const difference = await differenceOf(page, taken, readFileSync(pathOf(picture.name)));
    assert.ok(
      difference < MOST_DIFFERENCE,
      `${picture.name} differs by ${difference.toFixed(3)}: look at the page, then run with WRIT_PICTURES=1`,
    );
    await close();
  }
});

/** The first event that was blocked for this reason; it is indexed some time after it is recorded. */
async function blockedBy(reason: string): Promise<number> {
  const headers = { authorization: `Bearer ${ledger?.key}` };
  const query = `order=oldest&limit=1&reason_code=${reason}`;
  for (;;) {
    const answer = await fetch(`${ledger?.serving.audit}/v1/search?${query}`, { headers });
    const { events } = (await answer.json()) as { events: readonly { index: number }[] };
    if (events[0] !== undefined) return events[0].index;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Numbers and times differ from run to run; what a reader sees at first does not. */
const MOST_DIFFERENCE = 0.03;

/** How far two pictures are apart when looked at from far away: 0 for the same, 1 for black and white. */
async function differenceOf(page: Page, a: Buffer, b: Buffer): Promise<number> {
  const blank = await page.context().newPage();
  const sources = JSON.stringify(
    [a, b].map((png) => `data:image/png;base64,${png.toString("base64")}`),
  );
  return blank.evaluate<number>(`(async () => {
    const pixels = [];
    for (const source of ${sources}) {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 60 });
      const context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, 60, 60);
      pixels.push(context.getImageData(0, 0, 60, 60).data);
    }
    let sum = 0;
    pixels[0].forEach((value, at) => { sum += Math.abs(value - pixels[1][at]); });
    return sum / pixels[0].length / 255;
  })()`);
}
