import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { ackOf, Gathering, LENGTH_BYTES } from "./plain-wire.ts";

/** Whole events that arrived while the batch before them was made durable. */
export interface Batch {
  /** `uint16 length ‖ event`, one after the other, with room behind `length`. */
  readonly gathering: Gathering;
  readonly count: number;
}

/** What a server does with events. */
export interface Store {
  /** An event has arrived whole; its batch is yet to come. */
  arrived?(gathering: Gathering, start: number, end: number): void;
  /**
   * Makes a batch durable, and says so with `durable`: of all its events at once, or of so many more
   * each time. The next batch is given only when this one has ended.
   */
  commit(batch: Batch, durable: (count: number) => void): Promise<void> | void;
}

/** What the parent may ask of a server between slices. */
export interface Counts {
  readonly events: number;
  /** How many times something was made durable. */
  readonly batches: number;
}

const CAPACITY = 4 * 1024 * 1024;

/** One client's events, gathered into batches: what arrives during a commit is the next one. */
class Session {
  readonly counts: { events: number; batches: number } = { events: 0, batches: 0 };
  readonly #store: Store;
  readonly #socket: Socket;
  #gathering = new Gathering(CAPACITY);
  #spare = new Gathering(CAPACITY);
  #whole = 0;
  #count = 0;
  #isCommitting = false;

  constructor(socket: Socket, store: Store) {
    this.#socket = socket;
    this.#store = store;
    socket.on("data", (chunk: Buffer) => {
      this.#gathering.add(chunk);
      this.#scan();
      if (this.#count > 0 && !this.#isCommitting) this.#commitSoon();
    });
  }

  /** Finds the events that are whole by now. */
  #scan(): void {
    const { bytes, length } = this.#gathering;
    while (this.#whole + LENGTH_BYTES <= length) {
      const start = this.#whole + LENGTH_BYTES;
      const end = start + bytes.readUInt16BE(this.#whole);
      if (end > length) return;
      this.#store.arrived?.(this.#gathering, start, end);
      this.#whole = end;
      this.#count += 1;
    }
  }

  /** After what else lies in the socket in this turn of the event loop. */
  #commitSoon(): void {
    this.#isCommitting = true;
    setImmediate(() => this.#commitAll());
  }

  async #commitAll(): Promise<void> {
    while (this.#count > 0) {
      const batch = this.#take();
      await this.#store.commit(batch, (count) => this.#acknowledge(count));
      this.#spare = batch.gathering;
    }
    this.#isCommitting = false;
  }

  #acknowledge(count: number): void {
    this.counts.events += count;
    this.counts.batches += 1;
    this.#socket.write(ackOf(count));
  }

  #take(): Batch {
    const gathering = this.#gathering;
    const count = this.#count;
    const next = this.#spare;
    next.length = 0;
    // The event that is still arriving belongs to the next batch.
    next.add(gathering.bytes.subarray(this.#whole, gathering.length));
    gathering.length = this.#whole;
    this.#gathering = next;
    this.#whole = 0;
    this.#count = 0;
    return { gathering, count };
  }
}

/** Serves one client after another until the parent hangs up; answers it with Counts when asked. */
export async function servePlain(socketPath: string, store: Store): Promise<void> {
  const sessions: Session[] = [];
  const server = createServer((socket) => sessions.push(new Session(socket, store)));
  server.listen(socketPath);
  await once(server, "listening");
  process.on("message", () => {
    const events = sessions.reduce((sum, { counts }) => sum + counts.events, 0);
    const batches = sessions.reduce((sum, { counts }) => sum + counts.batches, 0);
    process.send?.({ events, batches } satisfies Counts);
  });
  process.on("disconnect", () => process.exit());
  process.send?.("ready");
}
