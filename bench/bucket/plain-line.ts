import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Line } from "./line.ts";
import { ACK_BYTES, Gathering } from "./plain-wire.ts";

const CAPACITY = 1024 * 1024;

/** The client of the plain protocol: one write for all that one turn of the event loop appended. */
export class PlainLine implements Line {
  readonly #socket: Socket;
  #gathering = new Gathering(CAPACITY);
  #spare: Gathering[] = [];
  #open: (() => void)[] = [];
  #firstOpen = 0;
  #isFlushingSoon = false;
  #ack = 0;
  #ackBytes = 0;

  static async connect(socketPath: string): Promise<PlainLine> {
    const socket = connect(socketPath);
    await once(socket, "connect");
    return new PlainLine(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  append(event: Uint8Array, done: () => void): void {
    this.#open.push(done);
    this.#gathering.addEvent(event);
    if (this.#isFlushingSoon) return;
    this.#isFlushingSoon = true;
    setImmediate(() => this.#flush());
  }

  async close(): Promise<void> {
    this.#socket.end();
    await once(this.#socket, "close");
  }

  #flush(): void {
    this.#isFlushingSoon = false;
    const full = this.#gathering;
    this.#gathering = this.#spare.pop() ?? new Gathering(CAPACITY);
    // The bytes may be written over once the system has taken them.
    this.#socket.write(full.bytes.subarray(0, full.length), () => {
      full.length = 0;
      this.#spare.push(full);
    });
  }

  #receive(chunk: Buffer): void {
    for (const byte of chunk) {
      this.#ack = this.#ack * 256 + byte;
      this.#ackBytes += 1;
      if (this.#ackBytes < ACK_BYTES) continue;
      const count = this.#ack;
      this.#ack = 0;
      this.#ackBytes = 0;
      this.#end(count);
    }
  }

  #end(count: number): void {
    const end = this.#firstOpen + count;
    for (let i = this.#firstOpen; i < end; i += 1) this.#open[i]?.();
    this.#firstOpen = end;
    // Only now and then, so that the line's front costs nothing per event.
    if (end < 4096) return;
    this.#open = this.#open.slice(end);
    this.#firstOpen = 0;
  }
}
