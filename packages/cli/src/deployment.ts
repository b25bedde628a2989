import { join, resolve } from "node:path";

/**
 * Where everything of one deployment stands, below one folder. Each process needs only its own part;
 * the gateway's part and the Bucket's have no file in common but the socket.
 */
export interface Deployment {
  readonly data: string;
  readonly bucket: string;
  /** The folder of the guard; an operator may place it on another disk. */
  readonly guard: string;
  readonly logKey: string;
  readonly governanceKey: string;
  readonly gateway: string;
  readonly writerKey: string;
  readonly epoch: string;
  /** Who may call the gateway; none is made at first use. */
  readonly callers: string;
  /** The log's public key: for the gateway, which must know its Bucket without reading it. */
  readonly gatewayVkey: string;
  /** The same, for whoever verifies. */
  readonly vkey: string;
  /** The operator's copy of the first auditor's key; the audit process knows its digest alone. */
  readonly auditorKey: string;
  readonly auditorKeys: string;
  readonly run: string;
  /**
   * Relative to `data`, where each process runs: a socket's whole path may have 107 bytes, and a
   * clone may lie deep.
   */
  readonly socket: string;
}

export function deploymentAt(folder: string, guard?: string): Deployment {
  const data = resolve(folder);
  const gateway = join(data, "gateway");
  return {
    data,
    bucket: join(data, "bucket"),
    guard: guard === undefined ? join(data, "guard") : resolve(guard),
    logKey: join(data, "keys", "log.key"),
    governanceKey: join(data, "keys", "governance.key"),
    gateway,
    writerKey: join(gateway, "writer.key"),
    epoch: join(gateway, "epoch"),
    callers: join(gateway, "callers"),
    gatewayVkey: join(gateway, "log.vkey"),
    vkey: join(data, "log.vkey"),
    auditorKey: join(data, "keys", "auditor.key"),
    auditorKeys: join(data, "audit", "keys"),
    run: join(data, "run"),
    socket: join("run", "bucket.sock"),
  };
}

/** Where the process that runs the MCP servers of programs keeps their sockets. */
export const SERVERS = "servers";

/** Of one of them, relative to `data`, as `socket` is. */
export function serverSocket(name: string): string {
  return join(SERVERS, `${name}.sock`);
}

/** Where the gateway meets agents that `writ mcp` brings, relative to `data`. */
export const AGENTS_SOCKET: string = join("gateway", "agents.sock");

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[::1]:PORT`, or undefined if it is neither. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

export function url(address: Address): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `http://${host}:${address.port}`;
}
