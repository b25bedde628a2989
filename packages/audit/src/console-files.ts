import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Answer, acceptsGzip, TEXT } from "@writ/bucket/read/http-answer";
import { TILE_CACHE } from "@writ/bucket/read/tiles-door";

/** One file of the auditor's page, ready to be sent. */
export interface ConsoleFile {
  /** As it is asked for: `/`, `/assets/…`. */
  readonly path: string;
  answer(request: IncomingMessage): Answer;
}

/** What is served of the folder itself: pages, scripts, and the digests of those that stand alone. */
const TOP = /^(?:[\w-]+\.(?:html|js|css)|SHA256SUMS)$/;
const INDEX = "index.html";
const ASSETS = "assets";

/**
 * What the page may do: run its own scripts, read from where it came, and nothing else. No page of
 * anybody else's may show it in a frame.
 */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What a thread of the page may do: judge what it is handed. It takes its policy from its own script. */
export const THREAD_POLICY = "default-src 'none'";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  "": TEXT,
};

/**
 * Reads the page's files, once: what is asked for later is looked up among them, so no part of a
 * request reaches a file name. Throws the system's error if there is no page in the folder.
 */
export function readConsole(directory: string): readonly ConsoleFile[] {
  const tops = readdirSync(directory).filter((name) => TOP.test(name));
  const assets = readdirSync(join(directory, ASSETS)).map((name) => `${ASSETS}/${name}`);
  return [...tops, ...assets].map((name) => consoleFile(name, readFileSync(join(directory, name))));
}

function consoleFile(name: string, body: Buffer): ConsoleFile {
  const isPage = name === INDEX;
  const headers = {
    "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    // An asset is named by its content; what keeps its name is asked for again.
    "cache-control": name.startsWith(`${ASSETS}/`) ? TILE_CACHE : "no-cache",
    vary: "Accept-Encoding",
    ...policyOf(name),
  };
  const whole: Answer = { status: 200, headers, body, isFile: true };
  const packed: Answer = {
    status: 200,
    headers: { ...headers, "content-encoding": "gzip" },
    body: gzipSync(body, { level: 9 }),
    isFile: true,
  };
  return {
    path: isPage ? "/" : `/${name}`,
    answer: (request) =>
      request.headers.range === undefined && acceptsGzip(request) ? packed : whole,
  };
}

function policyOf(name: string): Readonly<Record<string, string>> {
  if (name === INDEX) return { "content-security-policy": PAGE_POLICY };
  return extname(name) === ".js" ? { "content-security-policy": THREAD_POLICY } : {};
}
