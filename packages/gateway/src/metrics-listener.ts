import { createServer, type Server } from "node:http";
import type { GatewayMetrics } from "./metrics.ts";

/** A scrape is one short request; more of them at once is not scraping. */
const CONNECTIONS = 16;
const PATIENCE_MS = 5_000;

export interface MetricsListener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `GET /metrics` on an address of its own, which must be this machine's alone: whoever
 * reaches it is asked for no key.
 */
export async function serveMetrics(
  metrics: GatewayMetrics,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsListener> {
  const server = createServer(
    { requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS, maxHeaderSize: 8_192 },
    (request, response) => {
      const status = statusOf(request.method, request.url, request.headers.host);
      if (status !== 200) {
        response.writeHead(status, { "content-length": 0 }).end();
        return;
      }
      metrics.text().then(
        (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
        () => response.destroy(),
      );
    },
  );
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

function statusOf(method: string | undefined, url: string | undefined, host: string | undefined) {
  if (method !== "GET") return 405;
  if (url !== "/metrics") return 404;
  // A page in a browser of this machine may have pointed a name of its own here.
  return isOurs(host ?? "") ? 200 : 403;
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
