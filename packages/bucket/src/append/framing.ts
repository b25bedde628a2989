/** Bounds on one message, before and after a connection has proved whose it is. */
export const HANDSHAKE_MESSAGE_BYTES = 4096;
export const MESSAGE_BYTES: number = 4 * 1024 * 1024;

const LENGTH_BYTES = 4;

/** One message: a type byte and a body. The body may be a view of a received chunk. */
export interface WireMessage {
  readonly type: number;
  readonly body: Uint8Array;
}

/** What arrived is not a message of this protocol. The connection cannot be read any further. */
export class WireFault extends Error {
  readonly code = "WIRE_FAULT";
  override readonly name = "WireFault";
}

/**
 * Cuts a byte stream into messages: `uint32 length ‖ type byte ‖ body`, length counting type and
 * body. Push chunks as they come, then take messages until there is none.
 *
 * Each byte is copied at most once, and memory held is at most one message and the chunks not yet
 * read, however finely a peer cuts its stream.
 */
export class MessageDecoder {
  #limit: number;
  #chunks: Uint8Array[] = [];
  #at = 0;
  #length = 0;
  #lengthBytes = 0;
  #partial: Uint8Array | undefined;
  #filled = 0;

  /** @param limit largest length accepted; more throws WireFault before any of it is held */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Sets the bound for messages that have not begun yet. */
  set limit(bytes: number) {
    this.#limit = bytes;
  }

  push(chunk: Uint8Array): void {
    // As a plain Uint8Array: a Buffer's slice() is no copy, and bodies must not depend on the kind.
    const plain = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (plain.length > 0) this.#chunks.push(plain);
  }

  /** The next whole message, or undefined until more is pushed. Throws WireFault. */
  next(): WireMessage | undefined {
    if (!this.#readLength()) return undefined;
    const bytes = this.#whole() ?? this.#assemble();
    if (bytes === undefined) return undefined;
    this.#lengthBytes = 0;
    this.#length = 0;
    return { type: bytes[0] ?? 0, body: bytes.subarray(1) };
  }

  /** Reads the four length bytes, which may lie in as many chunks. */
  #readLength(): boolean {
    while (this.#lengthBytes < LENGTH_BYTES) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return false;
      this.#length = this.#length * 256 + (chunk[this.#at] ?? 0);
      this.#lengthBytes += 1;
      this.#advance(chunk, 1);
      if (this.#lengthBytes === LENGTH_BYTES) this.#checkLength();
    }
    return true;
  }

  #checkLength(): void {
    if (this.#length < 1 || this.#length > this.#limit) {
      throw new WireFault(
        `message of ${this.#length} bytes; send between 1 and ${this.#limit} bytes`,
      );
    }
  }

  /** The message as a view, if all of it lies in the current chunk. */
  #whole(): Uint8Array | undefined {
    const chunk = this.#chunks[0];
    if (this.#partial !== undefined || chunk === undefined) return undefined;
    if (chunk.length - this.#at < this.#length) return undefined;
    const bytes = chunk.subarray(this.#at, this.#at + this.#length);
    this.#advance(chunk, this.#length);
    return bytes;
  }

  #assemble(): Uint8Array | undefined {
    this.#partial ??= unsetBytes(this.#length);
    while (this.#filled < this.#length) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return undefined;
      const count = Math.min(chunk.length - this.#at, this.#length - this.#filled);
      this.#partial.set(chunk.subarray(this.#at, this.#at + count), this.#filled);
      this.#filled += count;
      this.#advance(chunk, count);
    }
    const bytes = this.#partial;
    this.#partial = undefined;
    this.#filled = 0;
    return bytes;
  }

  #advance(chunk: Uint8Array, count: number): void {
    this.#at += count;
    if (this.#at < chunk.length) return;
    this.#chunks.shift();
    this.#at = 0;
  }
}

/** A message's bytes with room for `bodyLength` bytes of body from offset 5, all of them zero. */
export function frameMessage(type: number, bodyLength: number): Uint8Array {
  return begun(new Uint8Array(LENGTH_BYTES + 1 + bodyLength), type);
}

/** Gives bytes that are anything, for whoever sets each of them. */
export type Room = (length: number) => Uint8Array;

/** As `frameMessage`, for whoever writes every byte of the body: what stands there is anything. */
export function openMessage(type: number, bodyLength: number, room: Room = unsetBytes): Uint8Array {
  return begun(room(LENGTH_BYTES + 1 + bodyLength), type);
}

/** A `Room`; a plain Uint8Array, as all bodies are. */
function unsetBytes(length: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

function begun(bytes: Uint8Array, type: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(0, bytes.length - LENGTH_BYTES);
  bytes[LENGTH_BYTES] = type;
  return bytes;
}

/** Where the body begins in what frameMessage returns. */
export const BODY_OFFSET: number = LENGTH_BYTES + 1;
