import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { openBucket, type RecordingLog } from "../../bucket/src/append/bucket.test-support.ts";
import { enforceAt } from "../../enforce/src/enforce.test-support.ts";
import type { Enforcement, EnforcementOptions } from "../../enforce/src/enforcement.ts";
import type { GatewayLimits } from "./limits.ts";
import { createGateway, type Gateway, type GatewayOptions } from "./server.ts";

export interface Listening {
  readonly gateway: Gateway;
  readonly port: number;
  close(): Promise<void>;
  /** How many connections it holds. */
  connections(): number;
}

export interface Served extends Listening {
  readonly enforcement: Enforcement;
  readonly log: RecordingLog;
}

/** A gateway on a free port, over a real enforcement and a Bucket whose log is in memory. */
export async function serve(
  t: TestContext,
  limits: Partial<GatewayLimits> = {},
  changes: Partial<EnforcementOptions> = {},
  options: GatewayOptions = {},
): Promise<Served> {
  const { socketPath, log } = await openBucket(t);
  const { enforcement } = await enforceAt(t, socketPath, changes);
  return { log, enforcement, ...(await listen(t, enforcement, limits, options)) };
}

export async function listen(
  t: TestContext,
  enforcement: Enforcement,
  limits: Partial<GatewayLimits> = {},
  options: GatewayOptions = {},
): Promise<Listening> {
  const gateway = createGateway(enforcement, {
    ...options,
    limits: { closeMs: 1_000, ...limits },
  });
  const { port } = await gateway.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => gateway.close());
  return {
    gateway,
    port,
    close: () => gateway.close(),
    connections: () => gateway.load.connections,
  };
}

export const HELLO = '{"category":"say","input":{"text":"hello"}}';

/** The bytes of a request whose answer ends the connection. */
export function request(line: string, headers: readonly string[], body = ""): string {
  return [line, "host: gateway", "connection: close", ...headers, "", body].join("\r\n");
}

export function post(body: string, ...headers: readonly string[]): string {
  const length = `content-length: ${Buffer.byteLength(body)}`;
  return request("POST /v1/enforce HTTP/1.1", [...headers, length], body);
}

/** A connection that sends what a test wants and keeps what comes back. */
export class RawClient {
  readonly socket: Socket;
  readonly ended: Promise<string>;
  #received = "";

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("latin1");
    });
    // A server that refuses may hang up on what is still being sent.
    this.socket.on("error", () => {});
    this.ended = new Promise((resolve) => {
      this.socket.on("close", () => resolve(this.#received));
    });
  }

  get received(): string {
    return this.#received;
  }

  send(text: string | Uint8Array): void {
    this.socket.write(text);
  }
}

/** Sends these bytes, and returns all that came until the gateway hung up. */
export function exchange(port: number, text: string | Uint8Array): Promise<string> {
  const client = new RawClient(port);
  client.send(text);
  return client.ended;
}

/** Resolves once the gateway has read what was sent to it before: it answers what came after. */
export async function caughtUp(port: number): Promise<void> {
  for (let time = 0; time < 3; time += 1) {
    await exchange(port, request("GET /healthz HTTP/1.1", []));
  }
}

export interface Parsed {
  readonly status: number;
  /** Sorted lines, names in lower case; without the date. */
  readonly headers: readonly string[];
  readonly body: string;
}

export function parse(response: string): Parsed {
  const end = response.indexOf("\r\n\r\n");
  const [line = "", ...fields] = response.slice(0, end).split("\r\n");
  const headers = fields
    .map((field) => field.replace(/^[^:]*/, (name) => name.toLowerCase()))
    .filter((field) => !field.startsWith("date:"))
    .sort();
  return { status: Number(line.split(" ")[1]), headers, body: response.slice(end + 4) };
}
