import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** Where a gateway listens; as port 0 stands for any free one. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Sockets that listen on one address. Node accepts one connection of each in a turn of its loop
 * (libuv#3696), and under load a turn answers hundreds of requests. Among five thousand who came to
 * a busy gateway at once (bench/soak.ts), the last honest caller waited 28 s for one such socket,
 * 12 s for four, 5 s for these, 3 s for 64.
 */
const listeningSockets = 16;
/** Connections that the system keeps for each until they are accepted. */
const backlog = 4_096;

/** The doors of one HTTP server: several sockets that listen, one bound of connections. */
export class Listeners {
  readonly #http: HttpServer;
  readonly #most: number;
  readonly #further: Server[] = [];
  readonly #open = new Set<Socket>();
  /** Of those, the ones that came in by a further door. */
  #byFurther = 0;

  /** @param most connections at once; beyond it they are closed as they come */
  constructor(http: HttpServer, most: number) {
    this.#http = http;
    this.#most = most;
    http.maxConnections = most;
    http.prependListener("connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
    });
  }

  get connections(): number {
    return this.#open.size;
  }

  /** Rejects with the system's error (EADDRINUSE and so on); then nothing listens. */
  async listen({ host, port }: GatewayAddress): Promise<GatewayAddress> {
    if (port !== 0) await requireFree({ host, port });
    try {
      const { found, mayShare } = await this.#listenFirst({ host, port });
      const address = { host, port: found };
      for (let at = 1; mayShare && at < listeningSockets; at += 1) await this.#add(address);
      return address;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Lets nobody in from now on; resolves when all who are in have gone. */
  async close(): Promise<void> {
    await Promise.all([this.#http, ...this.#further].map(closed));
  }

  hangUp(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Not every system has several listen on one address. */
  async #listenFirst(address: GatewayAddress): Promise<{ found: number; mayShare: boolean }> {
    try {
      return { found: await listenAt(this.#http, { ...address, reusePort: true }), mayShare: true };
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      return { found: await listenAt(this.#http, address), mayShare: false };
    }
  }

  async #add(address: GatewayAddress): Promise<void> {
    const { allowHalfOpen } = this.#http as HttpServer & { readonly allowHalfOpen: boolean };
    const door = createServer({ allowHalfOpen, noDelay: true }, (socket) => this.#take(socket));
    this.#further.push(door);
    await listenAt(door, { ...address, reusePort: true });
  }

  #take(socket: Socket): void {
    if (this.#open.size >= this.#most) {
      socket.destroy();
      return;
    }
    this.#count(1);
    socket.once("close", () => this.#count(-1));
    this.#http.emit("connection", socket);
  }

  /** The first door counts its own; what came by others takes from what it may let in. */
  #count(more: 1 | -1): void {
    this.#byFurther += more;
    this.#http.maxConnections = this.#most - this.#byFurther;
  }
}

interface ListenOptions extends GatewayAddress {
  readonly reusePort?: boolean;
}

async function listenAt(server: Server, options: ListenOptions): Promise<number> {
  await once(server.listen({ ...options, backlog }), "listening");
  return (server.address() as AddressInfo).port;
}

/** Sockets that may share an address would join another gateway's of the same user: one that may not is refused. */
async function requireFree(address: GatewayAddress): Promise<void> {
  const probe = createServer();
  await listenAt(probe, address);
  await closed(probe);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function isUnsupported(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOTSUP" || code === "ENOPROTOOPT";
}
