import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ConstitutionRefused } from "@writ/bucket/constitution";
import { diskFolder, type Folder, within } from "@writ/bucket/read/folder";
import { logKeys } from "@writ/bucket/read/log-key";
import { publishedCheckpoint, TILES_FOLDER } from "@writ/bucket/read/published";
import {
  type Answer,
  NOT_FOUND,
  pathOf,
  plain,
  refuseWrites,
  respond,
  tilesDoor,
  UNAUTHORIZED,
  type Violation,
} from "@writ/bucket/read/tiles-door";
import { type AuditorKeys, presentedKey } from "./auditor-keys.ts";
import { eventsJson, parseEventsQuery } from "./events-page.ts";
import { landingPage } from "./landing-page.ts";

export interface AuditServerOptions {
  /** The Bucket folder; opened for reading, and it may grow. */
  readonly bucketDirectory: string;
  readonly keys: AuditorKeys;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Told of each request that is neither GET nor HEAD (rules §5), to log and count it. */
  readonly onViolation: (violation: Violation) => void;
  /** Told of a request that failed by our own fault; the client is told 500 and no more. */
  readonly onError: (error: unknown) => void;
}

/** The audit process's HTTP side, listening. */
export interface AuditServer {
  readonly host: string;
  readonly port: number;
  /** Requests since the start that asked for more than reading. */
  readonly violations: number;
  close(): Promise<void>;
}

/**
 * Serves the Bucket's public tiles to everybody and its events to auditors. Writes nothing, keeps
 * nothing. Rejects with the system's error if it cannot listen (EADDRINUSE and so on).
 */
export async function startAuditServer(options: AuditServerOptions): Promise<AuditServer> {
  let violations = 0;
  const onViolation = (violation: Violation): void => {
    violations += 1;
    options.onViolation(violation);
  };
  const answer = answerer(options, onViolation);
  const server = createServer((request, response) => {
    void serve(request, response, answer, options.onError);
  });
  // CONNECT never reaches the handler above: to Node it is not a request for a page.
  server.on("connect", (request, socket) => {
    onViolation({ method: "CONNECT", path: pathOf(request) });
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nConnection: close\r\n\r\n");
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

type Page = (request: IncomingMessage) => Answer;
type Answerer = (request: IncomingMessage) => Promise<Answer>;

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answerer,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    respond(request, response, await answer(request));
  } catch (error) {
    onError(error);
    if (!response.headersSent) respond(request, response, plain(500, "internal error\n"));
    else response.destroy();
  }
}

function answerer(
  options: AuditServerOptions,
  onViolation: (violation: Violation) => void,
): Answerer {
  const bucket = diskFolder(options.bucketDirectory);
  const tiles = within(bucket, TILES_FOLDER);
  const isAuditor = (request: IncomingMessage): boolean =>
    options.keys.admits(presentedKey(request) ?? "");
  const door = tilesDoor({ tiles, mayReadEntries: isAuditor, onViolation });
  const pages: ReadonlyMap<string, Page> = new Map<string, Page>([
    [
      "/",
      (request) => frontPage(bucket, tiles, isAuditor(request) ? presentedKey(request) : undefined),
    ],
    ["/healthz", () => json('{"status":"ok"}\n')],
    ["/v1/events", (request) => (isAuditor(request) ? eventsPage(tiles, request) : UNAUTHORIZED)],
  ]);
  return async (request) => {
    const refusal = refuseWrites(request, onViolation);
    if (refusal !== undefined) return refusal;
    return pages.get(pathOf(request))?.(request) ?? (await door(request)) ?? NOT_FOUND;
  };
}

function frontPage(bucket: Folder, tiles: Folder, key: string | undefined): Answer {
  const html = landingPage({
    vkey: presentKey(bucket),
    checkpoint: publishedCheckpoint(tiles)?.checkpoint,
    key,
  });
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy":
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  };
  return { status: 200, headers, body: Buffer.from(html) };
}

function presentKey(bucket: Folder): string | undefined {
  try {
    return logKeys(bucket).at(-1);
  } catch (error) {
    if (error instanceof ConstitutionRefused) return undefined;
    throw error;
  }
}

function eventsPage(tiles: Folder, request: IncomingMessage): Answer {
  const query = parseEventsQuery(new URLSearchParams((request.url ?? "").split("?", 2)[1] ?? ""));
  if (query === undefined) return plain(400, "give from and limit as decimal numbers\n");
  return json(eventsJson(tiles, query));
}

function json(text: string): Answer {
  return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(text) };
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
