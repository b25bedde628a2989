import type { Folder } from "@writ/bucket/read/folder";
import { type Answer, json, NOT_FOUND, queryOf } from "@writ/bucket/read/http-answer";
import { publishedCheckpoint } from "@writ/bucket/read/published";
import type { Scope } from "./auditor-keys.ts";
import {
  CHECKPOINT_PREFIX,
  checkpointPage,
  checkpointsPage,
  growthPage,
  timedCheckpointsPage,
} from "./checkpoint-pages.ts";
import { type ConsoleFile, PAGE_POLICY } from "./console-files.ts";
import { eventsJson, parseEventsQuery } from "./events-page.ts";
import { QuestionRefused } from "./index/question.ts";
import { AUDITOR_SCRIPT, landingPage } from "./landing-page.ts";
import { metricsPage, type ProcessFacts } from "./metrics-page.ts";
import type { Page, Reading } from "./pages.ts";
import { consistencyPage, eventPage, inclusionPage } from "./proof-pages.ts";
import {
  countsPage,
  fieldsPage,
  histogramPage,
  holesPage,
  searchPage,
  streamsPage,
  summaryPage,
} from "./search-pages.ts";
import { constitutionsPage, presentKey, quotasPage, statePage, vkeyPage } from "./state-page.ts";

/** One path, who may read it, and what is there. */
export interface Route {
  /** The whole path, or what it begins with if it ends in a slash and is more than that. */
  readonly path: string;
  readonly who: "everybody" | Scope;
  readonly page: Page;
}

/** What the routes are made of besides the log. */
export interface ServedFacts extends ProcessFacts {
  /** The auditor's page, if there is one. The first route of a path is the one that counts. */
  readonly console?: readonly ConsoleFile[] | undefined;
}

/**
 * Everything that the audit process serves but the tiles door's paths. What everybody may read says
 * nothing of an event: heads are public, and so is what is true of any log.
 */
export function routesOf(reading: Reading, facts: ServedFacts): readonly Route[] {
  const everybody = (path: string, page: Page): Route => ({ path, who: "everybody", page });
  const auditors = (path: string, page: Page): Route => ({ path, who: "events", page });
  return [
    ...(facts.console ?? []).map(({ path, answer }) =>
      everybody(path, ({ request }) => answer(request)),
    ),
    everybody("/", () => frontPage(reading)),
    everybody("/auditor.js", () => AUDITOR_SCRIPT_ANSWER),
    everybody("/vkey", () => vkeyPage(reading) ?? NOT_FOUND),
    everybody("/healthz", () => json({ status: "ok" })),
    everybody("/checkpoints", (asked) => checkpointsPage(reading, asked)),
    everybody(CHECKPOINT_PREFIX, (asked) => checkpointPage(reading, asked)),
    auditors("/v1/events", ({ request }) => eventsPage(reading.tiles, queryOf(request))),
    auditors("/v1/event", (asked) => eventPage(reading, asked)),
    auditors("/v1/search", (asked) => searchPage(reading, asked)),
    auditors("/v1/counts", (asked) => countsPage(reading, asked)),
    auditors("/v1/histogram", (asked) => histogramPage(reading, asked)),
    auditors("/v1/state", (asked) => statePage(reading, facts, asked)),
    auditors("/v1/checkpoints", (asked) => timedCheckpointsPage(reading, asked)),
    auditors("/v1/growth", (asked) => growthPage(reading, asked)),
    auditors("/v1/constitutions", () => constitutionsPage(reading)),
    auditors("/v1/quotas", (asked) => quotasPage(reading, asked)),
    auditors("/v1/summary", (asked) => summaryPage(reading, asked)),
    auditors("/v1/streams", (asked) => streamsPage(reading, asked)),
    auditors("/v1/holes", (asked) => holesPage(reading, asked)),
    auditors("/v1/fields", (asked) => fieldsPage(reading, asked)),
    auditors("/proof/inclusion", (asked) => inclusionPage(reading, asked)),
    auditors("/proof/consistency", (asked) => consistencyPage(reading, asked)),
    { path: "/metrics", who: "metrics", page: (asked) => metricsPage(reading, facts, asked) },
  ];
}

/** The route of a path; `undefined` if there is none. */
export function routeAt(routes: readonly Route[], path: string): Route | undefined {
  return routes.find(
    (route) =>
      route.path === path || (route.path === CHECKPOINT_PREFIX && path.startsWith(route.path)),
  );
}

const AUDITOR_SCRIPT_ANSWER: Answer = {
  status: 200,
  headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": "no-cache" },
  body: Buffer.from(AUDITOR_SCRIPT),
  isFile: true,
};

function frontPage({ bucket, tiles }: Reading): Answer {
  const checkpoint = publishedCheckpoint(tiles)?.checkpoint;
  const html = landingPage({ vkey: presentKey(bucket), checkpoint });
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": PAGE_POLICY,
  };
  return { status: 200, headers, body: Buffer.from(html) };
}

function eventsPage(tiles: Folder, query: URLSearchParams): Answer {
  const asked = parseEventsQuery(query);
  if (asked === undefined) throw new QuestionRefused("give from and limit as decimal numbers");
  const headers = { "content-type": "application/json" };
  return { status: 200, headers, body: Buffer.from(eventsJson(tiles, asked)) };
}
