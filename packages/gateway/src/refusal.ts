import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { DENIAL_TEXT, requestIdHeaders, speaksAuthzen } from "./authzen/authzen.ts";
import type { Deadlines, Watched } from "./deadlines.ts";
import { retryAfterSeconds } from "./limits.ts";
import { routeAt } from "./routes.ts";

/** Why something was refused before it became an attempt, and the status that says so. */
export const REFUSALS = {
  /** Not HTTP, no `Host`, a malformed path. */
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  /** A browser's request to a gateway that asks nobody for a key. */
  BROWSER: 403,
  /** A category that this caller may not use. */
  CATEGORY: 403,
  NOT_FOUND: 404,
  /** Something else than a path is for; whoever tries to change or delete shows here (rules §5). */
  METHOD: 405,
  /** An agent's client that asks for a stream of ours, as all of them do. */
  NO_STREAM: 405,
  LATE: 408,
  TOO_LARGE: 413,
  NO_MEDIA_TYPE: 415,
  EXPECTATION: 417,
  /** More than the caller's rate. */
  RATE: 429,
  /** More of the attempts, or batches, at once than are one caller's share. */
  SHARE: 429,
  IN_FLIGHT: 429,
  BATCHES: 429,
  /** Before `Retry-After` was over, with more than can wait for that. */
  TOO_SOON: 429,
  HEADERS_TOO_LARGE: 431,
  FAULT: 500,
  /** Bodies held at once have reached their bound. */
  BODIES: 503,
  CLOSING: 503,
} as const;

export type RefusalCause = keyof typeof REFUSALS;

/** One refusal, for the operator's counters; no number was taken for it and nothing written. */
export interface Refusal {
  readonly cause: RefusalCause;
  readonly status: (typeof REFUSALS)[RefusalCause];
  /** Who was refused, where authentication got that far. */
  readonly caller: string | null;
}

/** contract §4: a client that reads nothing else of an answer still reads BLOCK. */
export const REFUSAL_TEXT: string = '{"decision":"BLOCK","status":"failed"}';

export const JSON_TYPE = "application/json; charset=utf-8";

/** A body up to this size is read and dropped for the sake of its connection. */
const cheapBytes = 65_536;
/** How long a refused sender may go on sending before the connection is cut. */
const lingerMs = 1_000;

/** Answers with a refusal, whatever has come of the body. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  cause: RefusalCause,
  deadlines: Deadlines,
): void {
  if (response.destroyed || response.headersSent) return;
  // Whoever asked first, and was not told to go on, may send a body or the next request.
  const isCheap = request.headers.expect === undefined && lengthOf(request) <= cheapBytes;
  const isKept = request.complete || (isCheap && response.shouldKeepAlive);
  if (!isKept) response.shouldKeepAlive = false;
  const isAuthzen = speaksAuthzen(request.url);
  const text = isAuthzen ? DENIAL_TEXT : REFUSAL_TEXT;
  const headers = ["content-type", JSON_TYPE, "content-length", `${text.length}`];
  if (isAuthzen) headers.push(...requestIdHeaders(request.headers["x-request-id"]));
  response.writeHead(REFUSALS[cause], [...headers, ...headersOf(cause, request)]);
  if (isKept) response.end(text);
  else new Farewell(request, response, deadlines).say(text);
}

/** The declared length; 0 for a request without a body, NaN for one in chunks. */
export function lengthOf({ headers }: IncomingMessage): number {
  return headers["transfer-encoding"] === undefined
    ? Number(headers["content-length"] ?? 0)
    : Number.NaN;
}

function headersOf(cause: RefusalCause, request: IncomingMessage): string[] {
  // RFC 9110 §11.6.1, §15.5.6; RFC 6585 §4.
  if (cause === "UNAUTHENTICATED") return ["www-authenticate", "Bearer"];
  if (REFUSALS[cause] === 429) return ["retry-after", `${retryAfterSeconds}`];
  return REFUSALS[cause] === 405 ? ["allow", routeAt(request)?.method ?? "POST"] : [];
}

/** A connection hung up on while its peer still sends would take the answer away from it. */
class Farewell implements Watched {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #deadlines: Deadlines;
  dueAt = 0;

  constructor(request: IncomingMessage, response: ServerResponse, deadlines: Deadlines) {
    this.#request = request;
    this.#response = response;
    this.#deadlines = deadlines;
  }

  say(text: string): void {
    this.#response.write(text);
    this.#deadlines.watch(this, lingerMs);
    const over = (): void => this.#over();
    this.#request.on("end", over).on("close", over).resume();
  }

  late(): void {
    this.#over();
    this.#request.destroy();
  }

  #over(): void {
    this.#deadlines.forget(this);
    if (!this.#response.writableEnded) this.#response.end();
  }
}

const STATUS_LINES = {
  BAD_REQUEST: "400 Bad Request",
  METHOD: "405 Method Not Allowed",
  LATE: "408 Request Timeout",
  HEADERS_TOO_LARGE: "431 Request Header Fields Too Large",
} as const;

const REFUSED_CONNECTION: Readonly<Record<string, keyof typeof STATUS_LINES>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "LATE",
  HPE_HEADER_OVERFLOW: "HEADERS_TOO_LARGE",
};

/** What Node says of bytes that it could not read as a request. */
export interface ParseFault extends NodeJS.ErrnoException {
  /** The bytes in which it was found, and how many of them were read before. */
  readonly rawPacket?: Uint8Array;
  readonly bytesParsed?: number;
}

/** What is not HTTP never becomes a request, yet its sender may read an answer. Says the cause. */
export function refuseConnection(
  fault: ParseFault,
  socket: Duplex,
  allowed?: string,
): RefusalCause | undefined {
  if (!socket.writable || fault.code === "ECONNRESET") {
    socket.destroy();
    return undefined;
  }
  const known = REFUSED_CONNECTION[fault.code ?? ""] ?? "BAD_REQUEST";
  const cause = isUnknownMethod(fault) ? "METHOD" : known;
  hangUp(socket, cause, allowed);
  return cause;
}

const REQUEST_LINE = /^[!-~]{1,32} [!-~]+ HTTP\/\d/;

/** A method that no standard knows is a method all the same (rules §5): somebody may say UPDATE. */
function isUnknownMethod({ code, rawPacket, bytesParsed = 0 }: ParseFault): boolean {
  if (code !== "HPE_INVALID_METHOD") return false;
  const text = Buffer.from(rawPacket ?? []).toString("latin1");
  const begin = text.lastIndexOf("\n", bytesParsed - 1) + 1;
  return REQUEST_LINE.test(text.slice(begin));
}

/** The answer to whom HTTP can say nothing further, and the end of the connection. */
export function hangUp(
  socket: Duplex,
  cause: keyof typeof STATUS_LINES,
  allowed: string = "POST",
): void {
  const allow = cause === "METHOD" ? [`allow: ${allowed}`] : [];
  const head = [
    `HTTP/1.1 ${STATUS_LINES[cause]}`,
    `content-type: ${JSON_TYPE}`,
    `content-length: ${REFUSAL_TEXT.length}`,
    ...allow,
    "connection: close",
  ];
  socket.on("error", () => {}).end([...head, "", REFUSAL_TEXT].join("\r\n"));
  // Its sender may read the answer, but not hold the connection by never hanging up in turn.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
