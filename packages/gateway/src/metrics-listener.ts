import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { GatewayMetrics } from "./metrics.ts";
import {
  hangUp,
  type ParseFault,
  REFUSALS,
  type RefusalCause,
  refuseConnection,
} from "./refusal.ts";

/** A scrape is one short request; more of them at once is not scraping. */
const CONNECTIONS = 16;
const PATIENCE_MS = 5_000;

export interface MetricsListener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `GET /metrics` on an address of its own, which must be this machine's alone: whoever
 * reaches it is asked for no key. What asks for anything else is refused, and counted as what callers
 * are refused is.
 */
export async function serveMetrics(
  metrics: GatewayMetrics,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsListener> {
  const server = createServer(
    { requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS, maxHeaderSize: 8_192 },
    (request, response) => answer(metrics, request, response),
  );
  const tell = (cause: RefusalCause): void => metrics.refused(REFUSALS[cause], cause);
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
    hangUp(socket, "METHOD", "GET");
    tell("METHOD");
  });
  server.on("clientError", (fault: ParseFault, socket: Duplex) => {
    const cause = refuseConnection(fault, socket, "GET");
    if (cause !== undefined) tell(cause);
  });
  server.maxConnections = CONNECTIONS;
  await listening(server, host, port);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(metrics: GatewayMetrics, request: IncomingMessage, response: ServerResponse): void {
  const cause = causeOf(request);
  if (cause !== undefined) {
    metrics.refused(REFUSALS[cause], cause);
    const allow = cause === "METHOD" ? { allow: "GET" } : {};
    response.writeHead(REFUSALS[cause], { "content-length": 0, ...allow }).end();
    return;
  }
  metrics.text().then(
    (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
    () => response.destroy(),
  );
}

function causeOf({ method, url, headers: { host } }: IncomingMessage): RefusalCause | undefined {
  if (method !== "GET") return "METHOD";
  if (url !== "/metrics") return "NOT_FOUND";
  // A page in a browser of this machine may have pointed a name of its own here.
  return isOurs(host ?? "") ? undefined : "BROWSER";
}

function isOurs(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/.test(host);
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
