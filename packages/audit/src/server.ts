import { once } from "node:events";
import { statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { diskFolder, within } from "@writ/bucket/read/folder";
import {
  type Answer,
  NOT_FOUND,
  pathOf,
  plain,
  queryOf,
  respond,
} from "@writ/bucket/read/http-answer";
import { CHECKPOINT_FILE, TILES_FOLDER } from "@writ/bucket/read/published";
import {
  refuseWrites,
  tilesDoor,
  UNAUTHORIZED,
  type Violation,
} from "@writ/bucket/read/tiles-door";
import { type AuditorKeys, presentedKey, type Scope } from "./auditor-keys.ts";
import { Connections } from "./connections.ts";
import { readConsole } from "./console-files.ts";
import type { LiveIndex } from "./index/live-index.ts";
import { answerOfError, type Reading } from "./pages.ts";
import { routeAt, routesOf } from "./routes.ts";
import { answerUnreadable, METHOD_NOT_ALLOWED } from "./unreadable-request.ts";
import type { KeptCheckpoints } from "./witness/kept.ts";
import type { WitnessStatus } from "./witness/petitioner.ts";

/** What the witnesses have said, as their collector tells it. */
export interface CosignedHeads {
  checkpoint(): Uint8Array | undefined;
  status(): readonly WitnessStatus[];
}

export interface AuditServerOptions {
  /** The Bucket folder; opened for reading, and it may grow. */
  readonly bucketDirectory: string;
  readonly keys: AuditorKeys;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Told of each request that is neither GET nor HEAD (rules §5), to log it. */
  readonly onViolation: (violation: Violation) => void;
  /** Told of a request that failed by our own fault; the client is told 500 and no more. */
  readonly onError: (error: unknown) => void;
  /** Answers searches; without it they are 503. The caller's to close. */
  readonly index?: LiveIndex | undefined;
  readonly kept?: KeptCheckpoints | undefined;
  /** The folder of the auditor's page; without it, a plain page says what is here. */
  readonly console?: string | undefined;
  readonly cosigned?: CosignedHeads | undefined;
  /** `BOUNDS` unless stated. */
  readonly bounds?: Partial<Bounds> | undefined;
}

/** The audit process's HTTP side, listening. */
export interface AuditServer {
  readonly host: string;
  readonly port: number;
  /** Requests since the start that asked for more than reading. */
  readonly violations: number;
  close(): Promise<void>;
}

/** What clients can take of this process, together or each. */
export interface Bounds {
  /** Open at once; beyond, the one that does least goes. */
  readonly connections: number;
  readonly headBytes: number;
  /** For a request to arrive. */
  readonly requestMs: number;
  /** Between two requests on a connection. */
  readonly idleMs: number;
  /** Without a byte either way. */
  readonly silenceMs: number;
  /** For an answer to be taken in. */
  readonly answerMs: number;
  /** Of all answers that are not taken in yet; beyond, a request is 503. */
  readonly answerBytes: number;
}

const BOUNDS: Bounds = {
  connections: 512,
  headBytes: 8192,
  requestMs: 10_000,
  idleMs: 5000,
  silenceMs: 30_000,
  answerMs: 120_000,
  answerBytes: 256 * 1024 * 1024,
};

type Answerer = (request: IncomingMessage, signal: AbortSignal) => Promise<Answer>;

/**
 * Serves the Bucket's checkpoints and hash tiles to everybody, and the rest to auditors. Writes
 * nothing. Rejects with the system's error if it cannot listen (EADDRINUSE and so on).
 */
export async function startAuditServer(options: AuditServerOptions): Promise<AuditServer> {
  let violations = 0;
  const onViolation = (violation: Violation): void => {
    violations += 1;
    options.onViolation(violation);
  };
  const answer = answerer(options, onViolation, () => violations);
  const bounds = { ...BOUNDS, ...options.bounds };
  const out = new AnswersOut(bounds);
  const server = createBoundedServer(bounds, (request, response) => {
    void serve(request, response, { answer, out, onError: options.onError });
  });
  // Neither of these reaches the handler above: to Node they are no requests for a page.
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    onViolation({ method: "CONNECT", path: pathOf(request) });
    socket.on("error", () => {});
    socket.end(METHOD_NOT_ALLOWED);
  });
  server.on("clientError", (fault: Error, socket: Duplex) => {
    answerUnreadable(fault, socket, onViolation);
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  return {
    host: options.host,
    port: portOf(server, options.port),
    get violations(): number {
      return violations;
    },
    close: () => close(server),
  };
}

function createBoundedServer(
  bounds: Bounds,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const server = createServer({
    maxHeaderSize: bounds.headBytes,
    headersTimeout: bounds.requestMs,
    requestTimeout: bounds.requestMs,
    keepAliveTimeout: bounds.idleMs,
    connectionsCheckingInterval: Math.min(1000, bounds.requestMs),
  });
  new Connections(server, bounds.connections);
  server.on("request", handle);
  server.setTimeout(bounds.silenceMs);
  return server;
}

/** Answers on their way: a client that takes none in would keep them in memory. */
class AnswersOut {
  readonly #bounds: Bounds;
  /** Bytes by connection: of answers that wait behind another, only its end is told. */
  readonly #out = new Map<Socket, number>();
  #bytes = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Whether so many bytes more may wait; a single answer always may. Then counted until `response` ends. */
  take(bytes: number, socket: Socket, response: ServerResponse): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bounds.answerBytes) return false;
    if (!this.#out.has(socket)) socket.once("close", () => this.#forget(socket));
    this.#add(socket, bytes);
    // A client that takes a byte now and then would keep the answer for ever.
    const slow = setTimeout(() => response.destroy(), this.#bounds.answerMs).unref();
    response.once("close", () => {
      clearTimeout(slow);
      if (this.#out.has(socket)) this.#add(socket, -bytes);
    });
    return true;
  }

  #add(socket: Socket, bytes: number): void {
    this.#bytes += bytes;
    this.#out.set(socket, (this.#out.get(socket) ?? 0) + bytes);
  }

  #forget(socket: Socket): void {
    this.#bytes -= this.#out.get(socket) ?? 0;
    this.#out.delete(socket);
  }
}

const TOO_MUCH_OUT: Answer = plain(503, "too many answers are on their way; try again\n", {
  "retry-after": "1",
});

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  {
    answer,
    out,
    onError,
  }: {
    readonly answer: Answerer;
    readonly out: AnswersOut;
    readonly onError: (error: unknown) => void;
  },
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    const found = await answer(request, gone.signal);
    if (gone.signal.aborted) return;
    respond(
      request,
      response,
      out.take(found.body.length, request.socket, response) ? found : TOO_MUCH_OUT,
    );
  } catch (error) {
    onError(error);
    if (!response.headersSent) respond(request, response, plain(500, "internal error\n"));
    else response.destroy();
  }
}

function answerer(
  options: AuditServerOptions,
  onViolation: (violation: Violation) => void,
  violations: () => number,
): Answerer {
  const { bucketDirectory, keys, cosigned, index, kept } = options;
  const bucket = diskFolder(bucketDirectory);
  const tiles = within(bucket, TILES_FOLDER);
  const reading: Reading = { bucket, tiles, index, kept };
  const opens = (request: IncomingMessage, scope: Scope): boolean =>
    keys.admits(presentedKey(request), scope);
  const door = tilesDoor({
    tiles,
    mayReadEntries: (request) => opens(request, "events"),
    ...(cosigned === undefined ? {} : { checkpoint: () => cosigned.checkpoint() }),
  });
  const routes = routesOf(reading, {
    checkpointTime: () => checkpointTime(bucketDirectory),
    violations,
    witnesses: () => cosigned?.status() ?? [],
    console: options.console === undefined ? undefined : readConsole(options.console),
  });
  return async (request, signal) => {
    const refusal = refuseWrites(request, onViolation) ?? refuseBody(request);
    if (refusal !== undefined) return refusal;
    const path = pathOf(request);
    const route = routeAt(routes, path);
    if (route === undefined) return (await door(request)) ?? NOT_FOUND;
    if (route.who !== "everybody" && !opens(request, route.who)) return UNAUTHORIZED;
    try {
      return await route.page({ request, path, query: queryOf(request), signal });
    } catch (error) {
      const answer = answerOfError(error);
      if (answer === undefined) throw error;
      return answer;
    }
  };
}

/** Reading needs no body: one is not read, and the connection it would come over is closed. */
function refuseBody({ headers }: IncomingMessage): Answer | undefined {
  const length = headers["content-length"];
  const isEmpty = length === undefined || length === "0";
  if (isEmpty && headers["transfer-encoding"] === undefined) return undefined;
  return plain(413, "send no body\n", { connection: "close" });
}

function checkpointTime(bucketDirectory: string): number | undefined {
  const path = join(bucketDirectory, TILES_FOLDER, CHECKPOINT_FILE);
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return address === null || typeof address === "string" ? asked : address.port;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
