import { mkdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type Claim, claimedSocket, claimFolder } from "../gate/claim.ts";
import { OperatorError } from "../operator-error.ts";

/** In the data folder; short, since a socket's path is. */
const FOLDER = "agents";
/** An agent that starts right after another has left finds all of it still running. */
const LINGER_MS = 2_000;
/** The first one comes as soon as it sees that it can. */
const FIRST_MS = 15_000;

/** Who is served: a connection for each agent, which the system ends with the agent's process. */
export interface Attendance {
  /** Says to all who wait, and to whoever comes, that they can be served. */
  ready(): void;
  /** Settles a while after the last one has left. */
  readonly empty: Promise<void>;
  close(): Promise<void>;
}

/**
 * Takes it upon this process to serve the agents of a data folder; null where another process has.
 * What is claimed is a listening socket: see `claimFolder`.
 */
export async function takeAttendance(data: string): Promise<Attendance | null> {
  const hall = new Hall();
  const here = process.cwd();
  mkdirSync(join(data, FOLDER), { recursive: true, mode: 0o700 });
  process.chdir(data);
  try {
    hall.claim = await claimFolder(FOLDER, (socket) => hall.enter(socket));
    return hall;
  } catch (error) {
    if (error instanceof OperatorError) return null;
    throw error;
  } finally {
    process.chdir(here);
  }
}

class Hall implements Attendance {
  claim: Claim | undefined;
  readonly empty: Promise<void>;
  readonly #sockets = new Set<Socket>();
  #settle: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;

  constructor() {
    this.empty = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  enter(socket: Socket): void {
    clearTimeout(this.#timer);
    this.#sockets.add(socket);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#look(LINGER_MS);
    });
    // Who hangs up is only seen by who reads.
    socket.resume();
    if (this.#isReady) socket.write("ready\n");
  }

  ready(): void {
    this.#isReady = true;
    for (const socket of this.#sockets) socket.write("ready\n");
    this.#look(FIRST_MS);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    await this.claim?.release();
  }

  #look(patienceMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#isReady || this.#sockets.size > 0) return;
    this.#timer = setTimeout(this.#settle, patienceMs);
  }
}

/**
 * Is counted among those served in the data folder, which this process runs in, until the socket is
 * closed; null where nobody serves there, or stops doing so before it could.
 */
export async function attend(): Promise<Socket | null> {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  const path = await claimedSocket(FOLDER);
  if (path === null) return null;
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (attended: Socket | null): void => {
      socket.off("close", gone);
      resolve(attended);
    };
    const gone = (): void => end(null);
    socket.on("error", () => socket.destroy()).on("close", gone);
    socket.once("data", () => {
      socket.resume();
      end(socket);
    });
  });
}
