import type { Socket } from "node:net";
import { openEnvelope } from "@writ/contract/envelope";
import type { Answer } from "@writ/enforce/answer";
import { type Enforcement, TooManyInFlight } from "@writ/enforce/enforcement";
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";

/** A body up to this size is an attempt; beyond it nothing is decided, numbered or written. */
export const maxBodyBytes: number = 2 * 1024 * 1024;

/**
 * HTTP over enforce. Every answer to an attempt has status 200 and one of two shapes, so that a
 * refusal tells nothing of its cause (contract §5); every refusal, whatever its status, says
 * `"decision":"BLOCK"`, so that a client which reads nothing else still fails closed.
 *
 * The caller closes the server before the enforcement: attempts in flight then end recorded.
 */
export function createGateway(enforcement: Enforcement): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    exposeHeadRoutes: false,
    clientErrorHandler: refuseConnection,
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

/** What is not HTTP never becomes a request, yet its sender may read an answer. */
function refuseConnection(_error: Error, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(refusal);
  const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  socket.end(head + body);
}

function refuse(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).send(refusal);
}
