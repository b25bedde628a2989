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
  /** It holds up the process while it commits, so it first takes all that has arrived by then. */
  readonly isBlocking?: boolean;
  /** An event has arrived whole; its batch is yet to come. */
  arrived?(gathering: Gathering, start: number, end: number): void;
  /**
   * Makes a batch durable. The next is given only when this one has ended. Of what is durable
   * before that, `durable` tells: so many more.
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
  /** Events that are durable and not yet acknowledged. */
  #durable = 0;
  #isCommitting = false;

  constructor(socket: Socket, store: Store) {
    this.#socket = socket;
    this.#store = store;
    socket.on("data", (chunk: Buffer) => {
      this.#gathering.add(chunk);
      this.#scan();
      if (this.#count > 0 && !this.#isCommitting) this.#begin();
    });
  }

  #begin(): void {
    this.#isCommitting = true;
    if (this.#store.isBlocking) setImmediate(() => this.#commitAll());
    else void this.#commitAll();
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

  async #commitAll(): Promise<void> {
    while (this.#count > 0) {
      const batch = this.#take();
      let open = batch.count;
      const committed = this.#store.commit(batch, (count) => {
        open -= count;
        this.#acknowledge(count);
      });
      // The disk is at work again before the client hears of what it did last.
      this.#acknowledge(this.#durable);
      await committed;
      this.#durable = open;
      this.#spare = batch.gathering;
    }
    this.#acknowledge(this.#durable);
    this.#isCommitting = false;
  }

  #acknowledge(count: number): void {
    this.#durable = 0;
    if (count === 0) return;
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
