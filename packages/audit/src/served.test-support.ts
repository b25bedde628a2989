import { readFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import type { Violation } from "@writ/bucket/read/tiles-door";
import { mintAuditorKey } from "./auditor-keys.test-support.ts";
import { readAuditorKeys } from "./auditor-keys.ts";
import { LiveIndex } from "./index/live-index.ts";
import { openKeptCheckpoints } from "./kept-checkpoints.ts";
import { makePlace, type Place, type TestBatch, writeLedger } from "./ledger.test-support.ts";
import { type AuditServer, type Bounds, type CosignedHeads, startAuditServer } from "./server.ts";
import type { KeptCheckpoints } from "./witness/kept.ts";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A ledger that is served on a free port, with an index. */
export interface Served {
  readonly place: Place;
  readonly server: AuditServer;
  readonly index: LiveIndex;
  readonly kept: KeptCheckpoints;
  readonly keyFile: string;
  /** An auditor's key, and one for metrics alone. */
  readonly key: string;
  readonly metricsKey: string;
  readonly violations: readonly Violation[];
  readonly errors: readonly unknown[];
  ask(path: string, method?: string, headers?: Record<string, string>): Promise<Reply>;
  /** As an auditor. */
  read(path: string, headers?: Record<string, string>): Promise<Reply>;
  /** A file of the Bucket's tiles folder. */
  stored(path: string): Buffer;
  stop(): Promise<void>;
}

export async function serveLedger(
  batches: readonly TestBatch[],
  options: {
    readonly cosigned?: CosignedHeads;
    readonly segmentBytes?: number;
    readonly bounds?: Partial<Bounds>;
    readonly constitution?: string;
    readonly console?: string;
  } = {},
): Promise<Served> {
  const { cosigned, bounds, console, ...writing } = options;
  const place = makePlace();
  await writeLedger(place, batches, writing);
  const keyFile = join(place.data, "audit", "keys");
  mintAuditorKey(keyFile, "another");
  const key = mintAuditorKey(keyFile, "the  test\nitself");
  const metricsKey = mintAuditorKey(keyFile, "monitoring", "metrics");
  const violations: Violation[] = [];
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const directory = join(place.data, "audit", "index");
  const work = { bucketDirectory: place.bucket, directory };
  const index = new LiveIndex({ ...work, onNote: () => {}, onError });
  const kept = openKeptCheckpoints(join(place.data, "audit", "checkpoints"));
  const server = await startAuditServer({
    bucketDirectory: place.bucket,
    keys: readAuditorKeys(keyFile, onError),
    host: "127.0.0.1",
    port: 0,
    index,
    kept,
    cosigned,
    bounds,
    console,
    onViolation: (violation) => violations.push(violation),
    onError,
  });
  const ask: Served["ask"] = (path, method = "GET", headers = {}) =>
    exchange(server, path, method, headers);
  return {
    place,
    server,
    index,
    kept,
    keyFile,
    key,
    metricsKey,
    violations,
    errors,
    ask,
    read: (path, headers = {}) => ask(path, "GET", { ...headers, authorization: `Bearer ${key}` }),
    stored: (path) => readFileSync(join(place.bucket, "tiles", path)),
    async stop() {
      await server.close();
      await index.close();
      place.remove();
    },
  };
}

/** Waits until the index has so many events. */
export async function indexed({ index }: Served, size: number): Promise<void> {
  while ((index.status.size ?? -1) < size) await new Promise((done) => setTimeout(done, 20));
}

/** One request over a connection of its own; rejects if the answer is cut off. */
export function exchange(
  { host, port }: AuditServer,
  path: string,
  method = "GET",
  headers: Record<string, string> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers: got } = response;
        resolve({ status, headers: got, body: Buffer.concat(parts) });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}
