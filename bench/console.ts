// How long an auditor waits for the page over a log of three million events, and what is sent:
// node bench/console.ts [--events N] [--data DIR] [--rounds N]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { auditorLine, generateAuditorKey } from "@writ/audit/auditor-keys";
import { type Browser, chromium, type Page } from "playwright-core";
import { buildConsole } from "../scripts/console.mjs";
import { makeLedger } from "./index/ledger.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "3000000" },
    data: { type: "string" },
    rounds: { type: "string", default: "21" },
  },
});
const count = Number(values.events);
const rounds = Number(values.rounds);
const data = values.data ?? mkdtempSync(join(tmpdir(), "writ-bench-console-"));

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await buildConsole();
if (readdirSync(data).length === 0) await makeLedger(data, count);
mkdirSync(join(data, "audit"), { recursive: true });
const key = generateAuditorKey();
appendFileSync(join(data, "audit", "keys"), auditorLine(key, `bench ${process.pid}`), {
  mode: 0o600,
});
const program = join(import.meta.dirname, "..", "packages", "cli", "bin", "writ.js");
const address = `127.0.0.1:${await freePort()}`;
const flags = ["--only", "audit", "--data", data, "--audit-listen", address];
const audit = spawn(process.execPath, [program, "serve", ...flags], {
  stdio: ["ignore", "inherit", "inherit"],
});
/** A process alone says nothing when it is ready: its port is chosen here. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function answers(url: string): Promise<void> {
  while (audit.exitCode === null) {
    const answer = await fetch(`${url}healthz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`writ serve ended with ${audit.exitCode}`);
}

/** The index is made before anything is measured. */
async function indexed(url: string): Promise<void> {
  const began = performance.now();
  for (;;) {
    const answer = await fetch(`${url}v1/summary`, { headers: { authorization: `Bearer ${key}` } });
    if (answer.status === 401) throw new Error("the key is not admitted");
    const size = answer.ok ? ((await answer.json()) as { size: number }).size : 0;
    if (size >= count) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  say(`${count} events, indexed in ${Math.round((performance.now() - began) / 1000)} s`);
}

/** A tab of a browser that has stored nothing of the page. */
async function open(browser: Browser, url: string, hash: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const given = JSON.stringify(key);
  await page.addInitScript(`sessionStorage["writ-auditor-key"] ??= ${given}`);
  await page.goto(`${url}${hash}`);
  return page;
}

/** From the beginning of the navigation, by the browser's own clock. */
async function firstPaint(browser: Browser, url: string): Promise<void> {
  const [painted, filled]: [number[], number[]] = [[], []];
  let sent = 0;
  for (let round = 0; round < rounds; round++) {
    const page = await open(browser, url, "#/now");
    filled.push(
      await page.evaluate<number>(`${WHEN}(() => document.querySelector(".arrivals a"))`),
    );
    painted.push(await page.evaluate<number>(FIRST_PAINT));
    sent = await page.evaluate<number>(SENT);
    await page.context().close();
  }
  report("first paint, nothing stored", painted);
  report("Now, with its numbers", filled);
  say(`sent for that: ${(sent / 1024).toFixed(1)} KiB, page and answers, heads included`);
}

const FIRST_PAINT = `performance.getEntriesByName("first-contentful-paint")[0].startTime`;
const SENT = `performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
  .reduce((sum, { transferSize }) => sum + transferSize, 0)`;

/** In the page: resolves with the time of the frame in which something is first so. */
const WHEN = `((isSo) => new Promise((resolve) => {
  const look = (at) => (isSo() ? requestAnimationFrame(resolve) : requestAnimationFrame(look));
  requestAnimationFrame(look);
}))`;

/** What a person chooses, and how many events are then found. */
const CHOICES: readonly (readonly [name: string, field: string, value: string])[] = [
  ["filter: outcome BLOCK", "decision", "is:BLOCK"],
  ["filter: a reason that one in 100,000 has", "reason_code", "is:OVER_LIMIT"],
  ["filter: failed", "status", "is:failed"],
  ["filter: oldest first", "order", "oldest"],
  ["filter: before the middle of the log", "to", "2026-11-21T20:25:00"],
];

/** From the change of a field until the rows found are painted. */
async function filters(page: Page): Promise<void> {
  for (const [name, field, value] of CHOICES) {
    const taken: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await settled(page);
      taken.push(await page.evaluate<number>(choosing(field, value)));
      await page.evaluate(`location.hash = "#/find"`);
      await settled(page);
    }
    report(name, taken);
  }
}

/** Rows are keyed by a list of their own for each filter: a new list with rows is the answer. */
function choosing(field: string, value: string): string {
  return `(async () => {
    const before = document.querySelector(".list");
    const field = document.getElementById("filter-${field}");
    const start = performance.now();
    field.value = ${JSON.stringify(value)};
    field.dispatchEvent(new Event("change", { bubbles: true }));
    const end = await ${WHEN}(() => {
      const list = document.querySelector(".list");
      const isDone = document.querySelector(".head p").getAttribute("aria-busy") === "false";
      return list !== before && isDone && list.querySelector("a");
    });
    return end - start;
  })()`;
}

async function settled(page: Page): Promise<void> {
  await page.evaluate(`${WHEN}(() =>
    document.querySelector(".list a") && document.querySelector(".over-time figure") &&
    document.querySelector(".head p")?.getAttribute("aria-busy") === "false" &&
    location.hash === "#/find")`);
}

/** From the click on a row until the event's fields are painted, and until its proof was checked. */
async function events(page: Page): Promise<void> {
  const [shown, proved]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    await settled(page);
    const row = (round * 7) % 20;
    const [fields, proof] = await page.evaluate<[number, number]>(`(async () => {
      const start = performance.now();
      document.querySelectorAll(".list a")[${row}].click();
      const fields = await ${WHEN}(() => document.querySelector("main h1")?.textContent.startsWith("Event") && document.querySelector("main dl, main table"));
      const proof = await ${WHEN}(() => document.querySelectorAll("main .checks li").length > 8);
      return [fields - start, proof - start];
    })()`);
    shown.push(fields);
    proved.push(proof);
    await page.evaluate(`location.hash = "#/find"`);
  }
  report("opening an event", shown);
  report("opening an event, its proof checked", proved);
}

function report(name: string, taken: readonly number[]): void {
  const [first = 0] = taken;
  const sorted = [...taken].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const most = sorted.at(-1) ?? 0;
  const numbers = [median, first, most].map((ms) => ms.toFixed(0).padStart(5));
  say(`${name.padEnd(42)} median${numbers[0]} ms, first${numbers[1]} ms, longest${numbers[2]} ms`);
}

try {
  const url = `http://${address}/`;
  await answers(url);
  await indexed(url);
  const browser = await chromium.launch({
    executablePath: process.env.WRIT_CHROMIUM ?? "/usr/bin/chromium",
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  await firstPaint(browser, url);
  const page = await open(browser, url, "#/find");
  await filters(page);
  await events(page);
  await browser.close();
} finally {
  audit.kill("SIGTERM");
  await new Promise((resolve) => audit.once("close", resolve));
  if (values.data === undefined) rmSync(data, { recursive: true, force: true });
}
