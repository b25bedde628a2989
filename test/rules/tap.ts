import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import {
  BODY_OFFSET,
  frameMessage,
  MESSAGE_BYTES,
  MessageDecoder,
  type WireMessage,
} from "../../packages/bucket/src/append/framing.ts";
import { MESSAGE } from "../../packages/bucket/src/append/messages.ts";

export type Direction = "to the Bucket" | "to the writer";

/** One message on its way between a writer and its Bucket. */
export interface Carried extends WireMessage {
  readonly direction: Direction;
  readonly line: TappedLine;
  /** Sends it on after all, as it was. */
  deliver(): void;
}

/** What becomes of a message: other bytes in its place, nothing for now, or as it was. */
export type Meet = (carried: Carried) => Uint8Array | "hold" | "pass";

/** One connection of a writer, with all that went over it. */
export class TappedLine {
  /** Whole messages, in order, held ones included. */
  readonly messages: Carried[] = [];
  /** Every byte that either side sent. */
  readonly sent: Record<Direction, Buffer[]> = { "to the Bucket": [], "to the writer": [] };
  /** Whether one of its messages went on in part. */
  hasCut = false;
  readonly #ends: Record<Direction, Socket>;

  constructor(writer: Socket, bucket: Socket, meet: (carried: Carried) => void) {
    this.#ends = { "to the Bucket": bucket, "to the writer": writer };
    this.#carry(writer, "to the Bucket", meet);
    this.#carry(bucket, "to the writer", meet);
  }

  /** Whether the Bucket has let the writer in. */
  get isAccepted(): boolean {
    return this.of("to the writer").some(({ type }) => type === MESSAGE.accepted);
  }

  /** Whether both sides are still there. */
  get isOpen(): boolean {
    return Object.values(this.#ends).every((socket) => !socket.destroyed);
  }

  write(direction: Direction, bytes: Uint8Array): void {
    if (this.#ends[direction].writable) this.#ends[direction].write(bytes);
  }

  /** Sends on the first so many bytes of a message's body, and what comes before it. */
  writeSome(carried: Carried, bodyBytes: number): void {
    this.write(carried.direction, bytesOf(carried).subarray(0, BODY_OFFSET + bodyBytes));
    this.hasCut = true;
  }

  /** Ends both halves at once. */
  cut(): void {
    for (const socket of Object.values(this.#ends)) socket.destroy();
  }

  /** The messages of one direction, by type and body. */
  of(direction: Direction): readonly Carried[] {
    return this.messages.filter((one) => one.direction === direction);
  }

  #carry(from: Socket, direction: Direction, meet: (carried: Carried) => void): void {
    const decoder = new MessageDecoder(MESSAGE_BYTES);
    from.on("error", () => {});
    from.on("close", () => this.#ends[direction].destroySoon());
    from.on("data", (chunk: Buffer) => {
      this.sent[direction].push(Buffer.from(chunk));
      decoder.push(chunk);
      for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
        const message = { type: next.type, body: next.body.slice() };
        const deliver = (): void => this.write(direction, bytesOf(message));
        const carried: Carried = { ...message, direction, line: this, deliver };
        this.messages.push(carried);
        meet(carried);
      }
    });
  }
}

/** The bytes of a message on the wire. */
export function bytesOf({ type, body }: WireMessage): Uint8Array {
  const bytes = frameMessage(type, body.length);
  bytes.set(body, BODY_OFFSET);
  return bytes;
}

/** A socket that stands where a writer looks for its Bucket, and passes on what it sees. */
export class Tap {
  readonly lines: TappedLine[] = [];
  /** What becomes of each message from now on. */
  meet: Meet = () => "pass";
  /** Where writers find it. */
  readonly path: string;
  readonly #server: Server;

  private constructor(path: string, bucketSocket: string) {
    this.path = path;
    this.#server = createServer((writer) => {
      const line = new TappedLine(writer, connect(bucketSocket), (carried) => this.#met(carried));
      this.lines.push(line);
    });
  }

  static async open(path: string, bucketSocket: string): Promise<Tap> {
    const tap = new Tap(path, bucketSocket);
    tap.#server.listen(path);
    await once(tap.#server, "listening");
    return tap;
  }

  /** Every message of one direction, over all connections. */
  of(direction: Direction): readonly Carried[] {
    return this.lines.flatMap((line) => line.of(direction));
  }

  close(): void {
    this.#server.close();
    for (const line of this.lines) line.cut();
  }

  #met(carried: Carried): void {
    const fate = this.meet(carried);
    if (fate === "pass") carried.deliver();
    else if (fate !== "hold") carried.line.write(carried.direction, fate);
  }
}
