import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { State } from "../../packages/audit/src/state-page.ts";
import { buildConsole } from "../../scripts/console.mjs";
import { root } from "../root.ts";
import {
  enforce,
  inParallel,
  recordedCalls,
  type ServingProcess,
  serve,
  temporaryFolder,
} from "../serving.ts";

/** Debian's Chromium, or another one that is named. */
const program = process.env.WRIT_CHROMIUM ?? "/usr/bin/chromium";

/** False, or why there is nothing to look at the page with. */
export const noBrowser: false | string = existsSync(program)
  ? false
  : `no Chromium at ${program}: set WRIT_CHROMIUM`;

/** Whether everything is asked, or only what is soon asked. */
export const isWhole: boolean = process.env.WRIT_BROWSER === "all";

/** As `noBrowser`, for what is asked only where everything is. */
export const notAsked: false | string =
  noBrowser !== false || isWhole ? noBrowser : "asked with WRIT_BROWSER=all";

/** A ledger of the airline's policy, served with the page. */
export interface ServedLedger {
  readonly serving: ServingProcess;
  readonly data: string;
  /** The auditor's key. */
  readonly key: string;
  /** Events in the log. */
  readonly size: number;
}

/** What is served where there is no browser to look at it. */
const NOTHING: ServedLedger = {
  serving: {
    gateway: "",
    audit: "",
    pid: 0,
    output: () => "",
    stop: () => Promise.resolve(0),
  },
  data: "",
  key: "",
  size: 0,
};

/**
 * Serves the sample of the airline's policy and, where they are there, its recorded calls. Gone
 * after the test file, outside of whose tests and hooks it is to be called.
 */
export async function servedLedger(
  most: number = Number.POSITIVE_INFINITY,
  skip: false | string = noBrowser,
): Promise<ServedLedger> {
  if (skip !== false) return NOTHING;
  await makePage();
  const data = temporaryFolder();
  const serving = await serve(data);
  after(() => serving.stop());
  const recorded = recordedCalls();
  const sample = linesOf("policies/airline/sample.jsonl");
  const lines = [...sample, ...("lines" in recorded ? recorded.lines : [])].slice(0, most);
  await inParallel(lines, 8, (line) => enforce(serving.gateway, line));
  const key = readFileSync(join(data, "keys", "auditor.key"), "utf8").trim();
  await isKnown(serving.audit, key, lines.length);
  return { serving, data, key, size: lines.length };
}

export function linesOf(path: string): readonly string[] {
  return readFileSync(join(root, path), "utf8").trimEnd().split("\n");
}

/** What `npm test` has made already, unless a file is run by itself. */
export async function makePage(): Promise<void> {
  await buildConsole();
}

/** Resolves when so many events are published, and indexed: either may be first. */
async function isKnown(audit: string, key: string, size: number): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  for (;;) {
    const answer = await fetch(`${audit}/v1/state`, { headers });
    const { checkpoint, log } = (await answer.json()) as State;
    if (Math.min(checkpoint?.size ?? 0, log?.size ?? 0) >= size) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

let browser: Promise<Browser> | undefined;

/** One browser for a test file; closed after it. */
export function theBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: program,
    // As root, which a container often is, Chromium has no sandbox to use.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  return browser;
}

/** To be called once in a test file that opens pages. */
export function closeBrowserAfter(): void {
  after(async () => (await browser)?.close());
}

export interface OpenOptions {
  /** Where the page is served: an origin, or a folder's address with its slash. */
  readonly url: string;
  readonly key?: string;
  /** `#/find?decision=BLOCK`; *Now* unless stated. */
  readonly hash?: string;
  readonly width?: number;
  readonly theme?: "light" | "dark";
  /** Does something to the context before anything is asked for. */
  readonly prepare?: (context: BrowserContext) => Promise<void>;
}

/** A page of the console, and what went wrong in it. */
export interface Opened {
  readonly page: Page;
  /** Paths asked for, in order, with their statuses. */
  readonly answers: readonly { readonly path: string; readonly status: number }[];
  /** Console errors, policy violations, requests elsewhere; and layout shifts, in words. */
  faults(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const WATCH = `
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) {
      if (shift.hadRecentInput) continue;
      const sources = shift.sources.map(({ node }) => (node?.nodeType === 1 ? node : node?.parentElement)?.outerHTML.slice(0, 120));
      shifts.push(shift.value.toFixed(4) + " by " + sources.join(" and "));
    }
  }).observe({ type: "layout-shift", buffered: true });
  addEventListener("securitypolicyviolation", (event) => {
    console.error("policy violation: " + event.violatedDirective + " " + event.blockedURI);
  });
`;

/** Opens the page in a context of its own. */
export async function openConsole(options: OpenOptions): Promise<Opened> {
  const { url, key, width = 1280, theme = "light", hash = "#/now" } = options;
  const context = await (await theBrowser()).newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  await options.prepare?.(context);
  const page = await context.newPage();
  const faults: string[] = [];
  const answers: { path: string; status: number }[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    const isOwn = origin === new URL(url).origin || protocol === "data:" || protocol === "blob:";
    if (!isOwn) faults.push(`asked elsewhere: ${request.url()}`);
  });
  page.on("response", (response) => {
    const { pathname, search } = new URL(response.url());
    answers.push({ path: pathname + search, status: response.status() });
  });
  await page.addInitScript(WATCH);
  if (key !== undefined) {
    const given = JSON.stringify(key);
    // Once: a page that is loaded again keeps what it was given since.
    await page.addInitScript(`sessionStorage["writ-auditor-key"] ??= ${given}`);
  }
  await page.goto(`${url}${hash}`);
  await page.waitForSelector("main h1");
  return {
    page,
    answers,
    async faults() {
      const shifts = await page.evaluate<string[]>("shifts");
      return [...faults, ...shifts.map((shift) => `moved ${shift}`)];
    },
    async close() {
      // A view asks on while it is closed; what a test answers in its own way then fails for nothing.
      await context.unrouteAll({ behavior: "ignoreErrors" });
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await context.close();
    },
  };
}

/** Waits until an expression holds in the page, which itself may evaluate no text. */
export async function until(page: Page, expression: string): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; ) {
    if ((await page.evaluate<unknown>(`Boolean(${expression})`)) === true) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  assert.fail(`never: ${expression}`);
}

/** Goes to another address within the page, as a link does. */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}

const axe = readFileSync(join(root, "node_modules", "axe-core", "axe.min.js"), "utf8");

interface AxeRun {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** Asserts that axe finds nothing, by all rules that it has for WCAG 2.2 AA and good practice. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeRun>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  );
  assert.deepEqual(found, [], where);
}

/** Asserts that nothing of the page is beyond its right edge. */
export async function assertFits(page: Page, where: string): Promise<void> {
  const [wide, sight] = await page.evaluate<[number, number]>(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  );
  assert.ok(wide <= sight, `${where}: ${wide} px in ${sight}`);
}
