import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { verifyingKey, verifyingKeyLater } from "@writ/tlog/ed25519";
import { sha256 } from "@writ/tlog/hash";
import type { Constitution } from "../constitution.ts";
import { rawPublicKey } from "../verifier-key.ts";
import { type Bucket, type ConnectionLimits, WriterConnection } from "./connection.ts";
import type { Denial } from "./denial.ts";
import { isShared } from "./files.ts";
import { QuotaBook, type Room } from "./quota.ts";
import type { LogWriter } from "./submission.ts";
import { vacateSocket } from "./vacate-socket.ts";

export type { Denial } from "./denial.ts";
export { SocketPathRefused } from "./socket-path.ts";

export interface AppendLimits extends ConnectionLimits {
  /** Connections at once, those included that have not proved themselves yet. */
  readonly connections: number;
  /** Milliseconds that `close` waits for writers to take their last answers. */
  readonly closeMs: number;
}

export interface AppendOptions {
  /**
   * The log, open, so that its lock is held and a socket found at the path is a dead one. Quotas
   * count from its tallies.
   */
  readonly writer: LogWriter;
  /** The constitution in force: whose keys count, and how much they may write. */
  readonly constitution: Constitution;
  /** Room on disk; only the quotas bound what is written without it. */
  readonly room?: Room;
  /** At most 100 bytes; relative where the directory is deep. */
  readonly socketPath: string;
  /**
   * The log is poisoned, or this process cannot trust itself. Nobody has been or will be answered
   * again; exit with an error. Called once.
   */
  readonly onFatal: (error: Error) => void;
  /** Told of each violation, refused handshake and rejected message, to log and count them. */
  readonly onDenial: (denial: Denial) => void;
  readonly limits?: Partial<AppendLimits>;
}

/** The append door of one Bucket, open. */
export interface AppendServer {
  /** Writers whose handshake succeeded and who are connected. */
  readonly writers: number;
  /** Events submitted and not yet ended. */
  readonly inFlight: number;
  /**
   * Takes no further message, answers those it took, hangs up and removes the socket. The log stays
   * open: close it afterwards.
   */
  close(): Promise<void>;
}

const LIMITS: AppendLimits = {
  handshakeMs: 5_000,
  unendedMessages: 8,
  connections: 64,
  closeMs: 5_000,
};

/**
 * Opens the append door on a Unix socket that only this user may reach, or the group too of a
 * directory that has the set-group-id bit. The one verb is append: no
 * message updates, deletes, reads or replays (rules §5), and what tries is a violation.
 *
 * Throws SocketPathRefused, or the system's error if the socket cannot be made.
 */
export async function serveAppends(options: AppendOptions): Promise<AppendServer> {
  await vacateSocket(options.socketPath);
  const door = new OpenDoor(options);
  await door.listen(options.socketPath);
  return door;
}

class OpenDoor implements AppendServer {
  readonly #server: Server;
  readonly #connections = new Set<WriterConnection>();
  readonly #bucket: Bucket;
  readonly #limits: AppendLimits;
  readonly #onFatal: (error: Error) => void;
  #isBroken = false;

  constructor(options: AppendOptions) {
    this.#limits = { ...LIMITS, ...options.limits };
    this.#onFatal = options.onFatal;
    this.#bucket = bucketOf(options, this.#limits, (error) => this.#break(error));
    this.#server = createServer((socket) => {
      const connection = new WriterConnection(socket, this.#bucket);
      this.#connections.add(connection);
      socket.once("close", () => this.#connections.delete(connection));
    });
    this.#server.maxConnections = this.#limits.connections;
    void options.writer.poisoned.then((cause) => this.#break(cause));
  }

  get writers(): number {
    return this.#bucket.live.size;
  }

  get inFlight(): number {
    return this.#bucket.quota.inFlight;
  }

  async listen(path: string): Promise<void> {
    // The socket is made inside listen(); a chmod afterwards would leave it open to all for a moment.
    const umask = process.umask(isShared(path) ? 0o117 : 0o177);
    try {
      this.#server.listen(path);
    } finally {
      process.umask(umask);
    }
    await once(this.#server, "listening");
    this.#server.on("error", (error) => this.#break(error));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    const patience = setTimeout(() => this.#dropAll(), this.#limits.closeMs);
    await closed;
    clearTimeout(patience);
  }

  #break(error: Error): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#server.close();
    this.#dropAll();
    this.#onFatal(error);
  }

  #dropAll(): void {
    for (const connection of this.#connections) connection.drop();
  }
}

function bucketOf(
  { writer, constitution, room, onDenial }: AppendOptions,
  limits: ConnectionLimits,
  fatal: (error: Error) => void,
): Bucket {
  return {
    log: writer,
    origin: constitution.origin,
    logKeyHash: sha256(rawPublicKey(constitution.log_key)),
    writers: new Map(
      constitution.writers.map(({ name, key }) => {
        const raw = rawPublicKey(key);
        return [name, { verify: verifyingKey(raw), verifyLater: verifyingKeyLater(raw) }];
      }),
    ),
    quota: new QuotaBook(constitution, writer.tallies, room),
    live: new Map(),
    limits,
    onDenial,
    fatal,
  };
}
