import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { Violation } from "@writ/bucket/read/tiles-door";
import { type Cosigner, parseVerifierKey } from "@writ/tlog/note-key";
import { answerUnreadable, METHOD_NOT_ALLOWED } from "../unreadable-request.ts";
import { MAX_REQUEST_BYTES } from "./add-checkpoint.ts";
import { machineDisk } from "./disk.ts";
import { originHash, StateRefused, WitnessState } from "./state.ts";
import { type Verdict, type WatchedLog, Witness } from "./witness.ts";

export interface WitnessServerOptions {
  /** The witness's memory: a folder that exists and that nothing else writes to. */
  readonly folder: string;
  readonly cosigner: Cosigner;
  /** Each of another origin. */
  readonly logs: readonly WatchedLog[];
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Seconds since 1970; the system's clock unless stated. */
  readonly now?: () => number;
  /** Told of every request by another method than a path is for (rules §5). */
  readonly onViolation: (violation: Violation) => void;
  /** Told of every `add-checkpoint` once its answer is decided. */
  readonly onVerdict: (verdict: Verdict) => void;
  /** Told once, when nothing more can be cosigned: the process must end. */
  readonly onFatal: (error: Error) => void;
}

/** A witness, listening. */
export interface WitnessServer {
  readonly host: string;
  readonly port: number;
  /** Stops listening, lets requests under way end, gives the folder back. */
  close(): Promise<void>;
}

/** One request may take so long, from its first byte to its last. */
const REQUEST_MS = 10_000;
const IDLE_MS = 60_000;
const MAX_CONNECTIONS = 256;
/** Requests under way get so long to end when the witness stops. */
const GRACE_MS = 2_000;

const TEXT = "text/plain; charset=utf-8";

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly allow?: string;
}

/**
 * Runs a witness: `POST /add-checkpoint`, `GET /<origin hash>/checkpoint` (C2SP tlog-witness), and
 * `GET /` with its key and the logs it watches. Plain HTTP: whoever wants TLS puts a proxy before it,
 * and no answer is a secret or can be forged without the key.
 *
 * Rejects with StateRefused (WITNESS_LOCKED, WITNESS_STATE_DAMAGED) or the system's error.
 */
export async function startWitnessServer(options: WitnessServerOptions): Promise<WitnessServer> {
  const release = takeFolder(options.folder);
  try {
    const witness = openWitness(options);
    const server = createServer(
      { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, keepAliveTimeout: IDLE_MS },
      (request, response) => void serve(request, response, witness, options),
    );
    server.on("connect", ({ url = "" }: IncomingMessage, socket: Duplex) => {
      options.onViolation({ method: "CONNECT", path: url });
      socket.on("error", () => {});
      socket.end(METHOD_NOT_ALLOWED);
    });
    server.on("clientError", (fault: Error, socket: Duplex) => {
      answerUnreadable(fault, socket, options.onViolation);
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.listen(options.port, options.host);
    await once(server, "listening");
    let closed: Promise<void> | undefined;
    return {
      host: options.host,
      port: portOf(server, options.port),
      close() {
        closed ??= closeServer(server).then(release);
        return closed;
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

function takeFolder(folder: string): () => void {
  const lock = join(folder, "lock");
  machineDisk.makeDirectory(lock);
  const release = machineDisk.lock(lock);
  if (release !== undefined) return release;
  throw new StateRefused(
    "WITNESS_LOCKED",
    `another witness runs on ${folder}: stop it first, or its two halves could cosign a fork`,
  );
}

function openWitness({ folder, cosigner, logs, now }: WitnessServerOptions): Witness {
  const heads = join(folder, "logs");
  machineDisk.makeDirectory(heads);
  machineDisk.syncDirectory(folder);
  const own = parseVerifierKey(cosigner.verifierKey);
  const origins = logs.map(({ origin }) => origin);
  const state = WitnessState.open(machineDisk, heads, own, origins);
  return new Witness({ state, cosigner, logs, now: now ?? systemSeconds });
}

function systemSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  witness: Witness,
  options: WitnessServerOptions,
): Promise<void> {
  try {
    respond(request, response, await answerTo(request, witness, options));
  } catch (error) {
    // Whoever breaks off a request gets no answer; all else that fails here has no way to go on.
    if (error instanceof BrokenOff) return;
    respond(request, response, words(500, "this witness has failed, and cosigns nothing more\n"));
    if (error instanceof Error) options.onFatal(error);
  }
}

async function answerTo(
  request: IncomingMessage,
  witness: Witness,
  options: WitnessServerOptions,
): Promise<Answer> {
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  if (path === "/add-checkpoint") {
    if (request.method !== "POST") return notAllowed(request, path, "POST", options);
    const body = await bodyOf(request);
    if (body === undefined) return words(413, `keep it within ${MAX_REQUEST_BYTES} bytes\n`);
    const verdict = witness.addCheckpoint(body);
    options.onVerdict(verdict);
    return verdict;
  }
  const page = readPage(path, witness, options);
  if (page === undefined) return words(404, "not found\n");
  const isRead = request.method === "GET" || request.method === "HEAD";
  return isRead ? page : notAllowed(request, path, "GET, HEAD", options);
}

function notAllowed(
  { method = "" }: IncomingMessage,
  path: string,
  allow: string,
  { onViolation }: WitnessServerOptions,
): Answer {
  onViolation({ method, path });
  return { ...words(405, `by ${allow} alone\n`), allow };
}

function readPage(
  path: string,
  witness: Witness,
  { cosigner, logs }: WitnessServerOptions,
): Answer | undefined {
  if (path === "/") return words(200, frontPage(witness, cosigner, logs));
  const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path)?.[1];
  const log = logs.find(({ origin }) => originHash(origin) === hash);
  const note = log === undefined ? undefined : witness.latest(log.origin);
  return note === undefined ? undefined : { status: 200, contentType: TEXT, body: note };
}

function frontPage(witness: Witness, { verifierKey }: Cosigner, logs: readonly WatchedLog[]) {
  const rows = logs.map(({ origin }) => {
    const path = `/${originHash(origin)}/checkpoint`;
    return `${origin} ${witness.latest(origin) === undefined ? "not cosigned yet" : path}\n`;
  });
  return `a C2SP tlog-witness: POST /add-checkpoint\n\n${verifierKey}\n\n${rows.join("")}`;
}

/** The client went away before its request was whole. */
class BrokenOff extends Error {}

/** The whole body, or `undefined` if it is too long: what is left of it is not read. Rejects with BrokenOff. */
function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= MAX_REQUEST_BYTES) return;
      request.pause();
      resolve(undefined);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", () => reject(new BrokenOff()));
    request.on("close", () => reject(new BrokenOff()));
  });
}

function words(status: number, text: string): Answer {
  return { status, contentType: TEXT, body: Buffer.from(text) };
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body, allow }: Answer,
): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": body.length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(allow === undefined ? {} : { allow }),
    // Closing spares reading the rest of a body that nobody wants.
    ...(status === 413 || status === 500 ? { connection: "close" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return address === null || typeof address === "string" ? asked : address.port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(timer);
}
