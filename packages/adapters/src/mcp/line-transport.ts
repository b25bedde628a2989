import type { Duplex } from "node:stream";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";

/** Why what a server says was cut off. */
export class LineCut extends Error {
  override readonly name = "LineCut";
  readonly code: "TOO_LONG" | "FLOOD" | "STUCK";

  constructor(code: LineCut["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** In one second: what a server may say that nobody asked it for. */
const MOST_UNASKED = 2_000;
const MOST_UNASKED_BYTES = 16 * 1024 * 1024;
/** Bytes that wait for a server that takes nothing in. */
const MOST_WAITING = 8 * 1024 * 1024;

const LF = 10;

/**
 * JSON-RPC, a message a line, as MCP's stdio transport has it, over any stream. Memory is bounded
 * whatever the server does: a line beyond the limit, a flood of what nobody asked for, or answers to
 * its requests that it does not take in, end the connection.
 */
export class LineTransport implements Transport {
  readonly #stream: Duplex;
  readonly #most: number;
  #pieces: Buffer[] = [];
  #length = 0;
  /** Requests that have no answer yet. */
  readonly #asked = new Set<unknown>();
  #second = 0;
  #unasked = 0;
  #unaskedBytes = 0;
  #isOver = false;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: Transport["onmessage"];

  /** @param most bytes that a line may have */
  constructor(stream: Duplex, most: number) {
    this.#stream = stream;
    this.#most = most;
  }

  async start(): Promise<void> {
    this.#stream
      .on("data", (piece: Buffer) => this.#take(piece))
      .on("error", () => this.#over())
      .on("end", () => this.#over())
      .on("close", () => this.#over());
    if (this.#stream.destroyed) this.#over();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isOver) throw new Error("the connection to the server is closed");
    if ("method" in message && "id" in message) this.#asked.add(message.id);
    this.#stream.write(`${JSON.stringify(message)}\n`);
    if (this.#stream.writableLength > MOST_WAITING) {
      this.#cut(new LineCut("STUCK", "the server does not take in what it is sent"));
    }
  }

  async close(): Promise<void> {
    this.#over();
  }

  #take(piece: Buffer): void {
    if (this.#isOver) return;
    let at = 0;
    for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, at)) {
      if (!this.#add(piece.subarray(at, end))) return;
      at = end + 1;
      const line = Buffer.concat(this.#pieces, this.#length);
      this.#pieces = [];
      this.#length = 0;
      this.#hear(line);
      if (this.#isOver) return;
    }
    if (at < piece.length) this.#add(piece.subarray(at));
  }

  #add(piece: Buffer): boolean {
    if (this.#length + piece.length > this.#most) {
      this.#cut(new LineCut("TOO_LONG", `the server sent a line beyond ${this.#most} bytes`));
      return false;
    }
    this.#pieces.push(piece);
    this.#length += piece.length;
    return true;
  }

  #hear(line: Buffer): void {
    const message = messageIn(line);
    const isAnswer = message !== undefined && !("method" in message);
    const isAsked = isAnswer && "id" in message && this.#asked.delete(message.id);
    if (!isAsked && !this.#bears(line.length)) return;
    if (message !== undefined && isWanted(message)) this.onmessage?.(message);
  }

  /** Whether this second still has room for something that nobody asked for. */
  #bears(bytes: number): boolean {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#unasked = 0;
      this.#unaskedBytes = 0;
    }
    this.#unasked += 1;
    this.#unaskedBytes += bytes;
    if (this.#unasked <= MOST_UNASKED && this.#unaskedBytes <= MOST_UNASKED_BYTES) return true;
    this.#cut(new LineCut("FLOOD", "the server floods with what nobody asked it for"));
    return false;
  }

  #cut(why: LineCut): void {
    this.onerror?.(why);
    this.#over();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pieces = [];
    this.#length = 0;
    this.#stream.destroy();
    this.onclose?.();
  }
}

/** Of what a server tells by itself, one thing matters. */
function isWanted(message: JSONRPCMessage): boolean {
  const isNotification = "method" in message && !("id" in message);
  return !isNotification || message.method === "notifications/tools/list_changed";
}

/** What a server prints to its standard output besides messages is no reason to end a connection. */
function messageIn(line: Buffer): JSONRPCMessage | undefined {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JSONRPCMessage)
      : undefined;
  } catch {
    return undefined;
  }
}
