import { createHash } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

/** What a request gets. Headers without `cache-control` forbid storing. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array;
  /**
   * Whether the body is a file that can be asked for in part and only if it has changed (RFC 9110
   * §13, §14): it gets an ETag of its bytes. Left out, it is not.
   */
  readonly isFile?: boolean;
}

export const TEXT = "text/plain; charset=utf-8";
export const BYTES = "application/octet-stream";

export const NOT_FOUND: Answer = plain(404, "not found\n");

/** A short answer in words. */
export function plain(status: number, text: string, headers: OutgoingHttpHeaders = {}): Answer {
  return { status, headers: { "content-type": TEXT, ...headers }, body: Buffer.from(text) };
}

/** A JSON answer. */
export function json(value: unknown): Answer {
  const headers = { "content-type": "application/json" };
  return { status: 200, headers, body: Buffer.from(`${JSON.stringify(value)}\n`) };
}

/** The path of a request, without its query; never decoded. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0] ?? "";
}

/** The query of a request. */
export function queryOf(request: IncomingMessage): URLSearchParams {
  const at = (request.url ?? "").indexOf("?");
  return new URLSearchParams(at < 0 ? "" : (request.url ?? "").slice(at + 1));
}

/** Whether the client takes gzip (RFC 9110 §12.5.3). */
export function acceptsGzip(request: IncomingMessage): boolean {
  const codings = String(request.headers["accept-encoding"] ?? "").split(",");
  return codings.some((coding) =>
    /^\s*gzip\s*(;\s*q=(0\.\d*[1-9]\d*|1(\.0*)?))?\s*$/i.test(coding),
  );
}

/** Sends an answer, without its body if only the head was asked for. */
export function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, headers, body } = answer.isFile === true ? ofFile(request, answer) : answer;
  response.writeHead(status, {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    // Nothing that is served here is a page of someone else's, or for someone else's page to show.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    ...headers,
    ...(status === 304 ? {} : { "content-length": body.length }),
  });
  response.end(request.method === "HEAD" || status === 304 ? undefined : body);
}

/** What is sent of a file: all of it, a part, or that it is the one that the client has. */
function ofFile(request: IncomingMessage, { status, headers, body }: Answer): Answer {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  const all = { ...headers, etag, "accept-ranges": "bytes" };
  if (names(request.headers["if-none-match"], etag, "weak")) {
    const { "content-type": _type, "content-encoding": _encoding, ...rest } = all;
    return { status: 304, headers: rest, body: EMPTY };
  }
  const precondition = request.headers["if-match"];
  if (precondition !== undefined && !names(precondition, etag, "strong")) {
    return plain(412, "the file is another one now\n");
  }
  const range = requestedRange(request, etag, body.length);
  if (range === undefined) return { status, headers: all, body };
  if (range === "unsatisfiable") {
    return plain(416, "there is no such part\n", { "content-range": `bytes */${body.length}` });
  }
  const [first, last] = range;
  const part = { ...all, "content-range": `bytes ${first}-${last}/${body.length}` };
  return { status: 206, headers: part, body: body.subarray(first, last + 1) };
}

const EMPTY = new Uint8Array(0);
const ONE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/** The one range asked for; `undefined` for none, or for what RFC 9110 §14.2 lets a server ignore. */
function requestedRange(
  request: IncomingMessage,
  etag: string,
  length: number,
): readonly [first: number, last: number] | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = ONE_RANGE.exec(request.headers.range ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const only = request.headers["if-range"];
  if (only !== undefined && only !== etag) return undefined;
  if (first === "") {
    const count = Math.min(Number(last), length);
    return count === 0 ? "unsatisfiable" : [length - count, length - 1];
  }
  if (last !== "" && Number(last) < Number(first)) return undefined;
  if (Number(first) >= length) return "unsatisfiable";
  return [Number(first), last === "" ? length - 1 : Math.min(Number(last), length - 1)];
}

/** Whether a list of ETags names this one (RFC 9110 §8.8.3.2). */
function names(list: string | undefined, etag: string, comparison: "weak" | "strong"): boolean {
  if (list === undefined) return false;
  return list.split(",").some((item) => {
    const tag = item.trim();
    return tag === "*" || tag === etag || (comparison === "weak" && tag === `W/${etag}`);
  });
}
