import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { WriterKey } from "@writ/bucket/append";
import { leafHash } from "@writ/tlog/hash";
import {
  MESSAGE_BYTES,
  MessageDecoder,
  type WireMessage,
} from "../../../packages/bucket/src/append/framing.ts";
import { handshakeText } from "../../../packages/bucket/src/append/handshake.ts";
import {
  decodeHello,
  encodeAnswer,
  encodeAppend,
  MESSAGE,
} from "../../../packages/bucket/src/append/messages.ts";
import { batchText } from "../../../packages/bucket/src/batch-signature.ts";

/** A connection to a Bucket that sends whatever a test wants, and keeps what it sent. */
export class Peer {
  readonly sent: Uint8Array[] = [];
  readonly #socket: Socket;
  readonly #decoder = new MessageDecoder(MESSAGE_BYTES);
  #isGone = false;
  #wake: () => void = () => {};

  constructor(socketPath: string) {
    this.#socket = connect(socketPath);
    this.#socket.on("error", () => {});
    this.#socket.on("data", (chunk: Uint8Array) => {
      this.#decoder.push(chunk);
      this.#wake();
    });
    this.#socket.once("close", () => {
      this.#isGone = true;
      this.#wake();
    });
  }

  send(...messages: readonly Uint8Array[]): void {
    this.sent.push(...messages);
    for (const bytes of messages) this.#socket.write(bytes);
  }

  /** The next message, or undefined once the Bucket has hung up. */
  async next(): Promise<WireMessage | undefined> {
    for (;;) {
      const message = this.#decoder.next();
      if (message !== undefined || this.#isGone) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits until the Bucket has hung up; true if it said nothing more. */
  async isHungUpOn(): Promise<boolean> {
    return (await this.next()) === undefined;
  }

  /** Answers the challenge as `writer`, under `name`; the type of what the Bucket says to it. */
  async enter(
    writer: WriterKey,
    epoch: number,
    name: string = writer.name,
  ): Promise<number | undefined> {
    const { origin, logKeyHash, challenge } = decodeHello(
      (await this.next())?.body ?? new Uint8Array(),
    );
    const text = handshakeText({ origin, logKeyHash, challenge, writer: name, epoch });
    this.send(encodeAnswer({ writer: name, epoch, signature: writer.sign(text) }));
    return (await this.next())?.type;
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** A writer that comes back as often as it is hung up on, each time in the next epoch. */
export class Returning {
  readonly key: WriterKey;
  readonly #socketPath: string;
  readonly #origin: string;
  #peer: Peer | undefined;
  #epoch = 0;
  #sequence = 0;

  constructor(key: WriterKey, socketPath: string, origin: string) {
    this.key = key;
    this.#socketPath = socketPath;
    this.#origin = origin;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** A fresh connection, let in. */
  async enter(): Promise<Peer> {
    this.leave();
    const due = performance.now() + 10_000;
    while (performance.now() < due) {
      const peer = new Peer(this.#socketPath);
      if ((await peer.enter(this.key, this.#epoch + 1)) === MESSAGE.accepted) {
        this.#epoch += 1;
        this.#peer = peer;
        return peer;
      }
      // The Bucket has not seen yet that the last one is gone.
      peer.end();
      await pause(2);
    }
    throw new Error(`${this.key.name} is not let in`);
  }

  leave(): void {
    this.#peer?.end();
  }

  /** A decision id of this connection that was not used before. */
  nextId(): string {
    this.#sequence += 1;
    return `${this.key.name}.${this.#epoch}.${this.#sequence}`;
  }

  /** An append message as this writer signs it on this connection. */
  append(batch: number, entries: readonly Uint8Array[]): Uint8Array {
    return encodeAppend({ batch, entries, signature: this.sign(batch, entries) });
  }

  sign(batch: number, entries: readonly Uint8Array[]): Uint8Array {
    const leafHashes = entries.map((entry) => leafHash(entry));
    const claim = { origin: this.#origin, writer: this.key.name, epoch: this.#epoch };
    return this.key.sign(batchText({ ...claim, batch, leafHashes }));
  }
}
