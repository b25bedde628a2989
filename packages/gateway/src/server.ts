import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { openEnvelope } from "@writ/contract/envelope";
import type { Answer } from "@writ/enforce/answer";
import { type Enforcement, TooManyInFlight } from "@writ/enforce/enforcement";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

/** A body up to this size is an attempt; beyond it nothing is decided, numbered or written. */
export const maxBodyBytes: number = 2 * 1024 * 1024;

export interface GatewayLimits {
  /** Milliseconds within which a request must have arrived whole. */
  readonly requestMs: number;
  /** Milliseconds that `close` waits for requests under way: longer than an append may take. */
  readonly closeMs: number;
}

const defaults: GatewayLimits = { requestMs: 30_000, closeMs: 6_000 };

/**
 * HTTP over enforce. Every answer to an attempt has status 200 and one of two shapes, so that a
 * refusal tells nothing of its cause (contract §5); every refusal, whatever its status, says
 * `"decision":"BLOCK"`, so that a client which reads nothing else still fails closed.
 *
 * The caller closes the server before the enforcement: attempts in flight then end recorded.
 */
export function createGateway(
  enforcement: Enforcement,
  limits: Partial<GatewayLimits> = {},
): FastifyInstance {
  const { requestMs, closeMs } = { ...defaults, ...limits };
  const server = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    requestTimeout: requestMs,
    exposeHeadRoutes: false,
    // What the framework and Node refuse by themselves says nothing of a decision: see below.
    return503OnClosing: false,
    http: {
      requireHostHeader: false,
      // Node looks at a body's time only where headers have no more.
      headersTimeout: requestMs,
      connectionsCheckingInterval: Math.ceil(requestMs / 4),
    },
    frameworkErrors: (error, _request, reply) => void refuse(reply, refusalStatus(error)),
    clientErrorHandler: refuseConnection,
  });
  server.server.on("checkExpectation", (_request, response) => refuseExpectation(response));
  server.addHook("onRequest", (request, reply, done) => {
    if (isHostMissing(request)) refuse(reply, 400);
    else done();
  });
  server.addHook("preClose", (done) => {
    setTimeout(() => server.server.closeAllConnections(), closeMs).unref();
    done();
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  server.setErrorHandler((error, _request, reply) => refuse(reply, refusalStatus(error)));
  server.setNotFoundHandler((_request, reply) => refuse(reply, 404));

  server.post("/v1/enforce", (request, reply) => enforce(enforcement, request.body, reply));
  server.get("/healthz", (_request, reply) => reply.send({ status: "up" }));
  server.get("/readyz", (_request, reply) => {
    const { ready } = enforcement;
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "no bucket" });
  });
  return server;
}

async function enforce(
  enforcement: Enforcement,
  body: unknown,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const attempt = enforcement.begin();
  // A request without a body is an attempt with no bytes, and so malformed.
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  const answer: Answer = await attempt.enforce(openEnvelope(bytes), null);
  return reply.type("application/json").send(JSON.stringify(answer));
}

function refusalStatus(error: unknown): number {
  if (error instanceof TooManyInFlight) return 429;
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}

const refusal = { decision: "BLOCK", status: "failed" } as const;
const refusalText: string = JSON.stringify(refusal);
const refusalHeaders = {
  "content-type": "application/json; charset=utf-8",
  "content-length": refusalText.length,
  connection: "close",
} as const;

/** What never becomes a request, by Node's code for it; all else is 400. */
const connectionStatus: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** What is not HTTP never becomes a request, yet its sender may read an answer. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const status = connectionStatus[error.code ?? ""] ?? "400 Bad Request";
  const headers = Object.entries(refusalHeaders).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status}`, ...headers, "", refusalText].join("\r\n"));
  // Its sender may read the answer, but not hold the connection by never hanging up in turn.
  setTimeout(() => socket.destroy(), 1_000).unref();
}

/** RFC 9110 §10.1.1: an expectation other than 100-continue. */
function refuseExpectation(response: ServerResponse): void {
  response.writeHead(417, refusalHeaders).end(refusalText);
}

/** RFC 9112 §3.2: a request of HTTP/1.1 without a Host is a bad one. */
function isHostMissing({ headers, raw }: FastifyRequest): boolean {
  return headers.host === undefined && raw.httpVersion !== "1.0";
}

function refuse(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).send(refusal);
}
