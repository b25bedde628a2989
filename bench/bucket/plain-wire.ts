/**
 * The plain protocol of the ceilings and of what is measured behind the same socket. To the server:
 * `uint16 length ‖ event`, one after the other. Back: `uint32`, so many more, in order, are durable.
 */
export const LENGTH_BYTES = 2;
export const ACK_BYTES = 4;

/** Collects events in one contiguous buffer, and is emptied whole. */
export class Gathering {
  bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Room for `more` bytes at `length`. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * needed);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  add(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  addEvent(event: Uint8Array): void {
    this.reserve(LENGTH_BYTES + event.length);
    this.bytes[this.length] = event.length >>> 8;
    this.bytes[this.length + 1] = event.length & 0xff;
    this.bytes.set(event, this.length + LENGTH_BYTES);
    this.length += LENGTH_BYTES + event.length;
  }
}

export function ackOf(count: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(ACK_BYTES);
  bytes.writeUInt32BE(count);
  return bytes;
}
