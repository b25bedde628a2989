import type { Socket } from "node:net";
import { HASH_SIZE, leafHashInto } from "@writ/tlog/hash";
import { batchForm } from "../batch-signature.ts";
import { DeadlineLine, Timed } from "./deadline-line.ts";
import type { AppendDoor, Ending } from "./ending.ts";
import { type MessageDecoder, WireFault } from "./framing.ts";
import {
  APPEND_ROOM,
  decodeEnded,
  ENTRY_BYTES,
  EVENTS_PER_MESSAGE,
  encodeAppend,
  entryRoom,
  MESSAGE,
} from "./messages.ts";

export interface DoorLimits {
  /** Milliseconds after which an append ends `unknown`, whatever the Bucket says later. */
  readonly deadlineMs: number;
  /** Appends that may be under way; keep it within the Bucket's in-flight quota. */
  readonly inFlight: number;
  /** Messages sent whose fate is open; meanwhile appends gather into the next one. */
  readonly unendedMessages: number;
  /** Events in one message, at most 4096. */
  readonly messageEvents: number;
}

/** Under which name and epoch a door writes into which log. */
export interface DoorIdentity {
  readonly origin: string;
  readonly writer: string;
  readonly epoch: number;
}

/** One append, until it has ended. */
class Pending extends Timed {
  readonly event: Uint8Array;
  readonly resolve: (ending: Ending) => void;
  hasEnded = false;

  constructor(event: Uint8Array, resolve: (ending: Ending) => void) {
    super();
    this.event = event;
    this.resolve = resolve;
  }
}

/**
 * From so many appends under way on, they go in as many messages as may be open: while the Bucket
 * syncs one, it judges the next. With fewer, a signature for each part would cost more than it saves.
 */
const WORTH_PARTING = 64;

const UNKNOWN: Ending = { ending: "unknown" };

/**
 * An open door. Appends made while messages are under way gather into one message: it costs one
 * signature, and one sync at the Bucket, however many they are.
 */
export class OpenDoor implements AppendDoor {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #decoder: MessageDecoder;
  readonly #identity: DoorIdentity;
  readonly #sign: (text: Uint8Array) => Uint8Array;
  readonly #limits: DoorLimits;
  readonly #deadlines: DeadlineLine<Pending>;
  readonly #unended = new Map<number, readonly Pending[]>();
  #waiting: Pending[] = [];
  #underWay = 0;
  #lastBatch = 0;
  #isSendingSoon = false;
  #isOpen = true;
  #hasClosed: () => void = () => {};

  constructor(
    socket: Socket,
    decoder: MessageDecoder,
    identity: DoorIdentity,
    sign: (text: Uint8Array) => Uint8Array,
    limits: DoorLimits,
  ) {
    this.#socket = socket;
    this.#decoder = decoder;
    this.#identity = identity;
    this.#sign = sign;
    this.#limits = limits;
    this.#deadlines = new DeadlineLine(limits.deadlineMs, (late) => this.#end(late, UNKNOWN));
    this.closed = new Promise((resolve) => {
      this.#hasClosed = resolve;
    });
    socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    socket.on("error", () => this.#lose());
    socket.on("close", () => this.#lose());
    socket.resume();
    if (socket.destroyed) this.#lose();
  }

  append(event: Uint8Array): Promise<Ending> {
    if (!this.#isOpen) return Promise.resolve(UNKNOWN);
    // The Bucket would say the same of both, and neither fits a message.
    if (event.length < 1 || event.length > ENTRY_BYTES) {
      return Promise.resolve({ ending: "rejected", code: "SCHEMA_REJECTED" });
    }
    if (this.#underWay >= this.#limits.inFlight) {
      return Promise.resolve({ ending: "rejected", code: "QUOTA_EXCEEDED" });
    }
    return new Promise((resolve) => {
      const pending = new Pending(event, resolve);
      this.#underWay += 1;
      this.#waiting.push(pending);
      this.#deadlines.add(pending);
      this.#sendSoon();
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#hangUpWhenDone();
    await this.closed;
  }

  /** At the end of this turn of the event loop, so that what arrives together goes together. */
  #sendSoon(): void {
    if (this.#isSendingSoon || this.#unended.size >= this.#limits.unendedMessages) return;
    this.#isSendingSoon = true;
    setImmediate(() => {
      this.#isSendingSoon = false;
      this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    try {
      while (this.#unended.size < this.#limits.unendedMessages) {
        const message = this.#nextMessage();
        if (message.length === 0) return;
        this.#send(message);
      }
    } catch {
      // Whether anything of it went out is open, so the connection ends, and all endings with it.
      this.#lose();
    }
  }

  /** Takes from the front of the line what fits one message. */
  #nextMessage(): readonly Pending[] {
    const most = this.#mostEvents();
    const message: Pending[] = [];
    let room = APPEND_ROOM;
    let taken = 0;
    for (const pending of this.#waiting) {
      // An append past its deadline has been answered; to record it now would only mislead.
      if (!pending.hasEnded) {
        room -= entryRoom(pending.event);
        if (room < 0 || message.length === most) break;
        message.push(pending);
      }
      taken += 1;
    }
    this.#waiting = taken === this.#waiting.length ? [] : this.#waiting.slice(taken);
    return message;
  }

  #mostEvents(): number {
    const { messageEvents, unendedMessages } = this.#limits;
    const most = Math.min(messageEvents, EVENTS_PER_MESSAGE);
    if (this.#underWay < WORTH_PARTING) return most;
    return Math.min(most, Math.ceil(this.#underWay / unendedMessages));
  }

  #send(message: readonly Pending[]): void {
    this.#lastBatch += 1;
    const batch = this.#lastBatch;
    this.#unended.set(batch, message);
    const entries = message.map((pending) => pending.event);
    const { text, leafHashes } = batchForm({ ...this.#identity, batch, count: entries.length });
    for (const [index, entry] of entries.entries()) {
      leafHashInto(entry, leafHashes, HASH_SIZE * index);
    }
    this.#socket.write(encodeAppend({ batch, signature: this.#sign(text), entries }));
  }

  #receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    try {
      for (let next = this.#decoder.next(); next !== undefined; next = this.#decoder.next()) {
        if (next.type !== MESSAGE.ended) throw new WireFault("the Bucket sent no ending");
        this.#ended(next.body);
      }
    } catch {
      // A Bucket that breaks the protocol can vouch for nothing that is still open.
      this.#lose();
    }
  }

  #ended(body: Uint8Array): void {
    const { batch, ending } = decodeEnded(body);
    const message = this.#unended.get(batch);
    if (message === undefined) throw new WireFault("the Bucket ended what was never sent");
    this.#unended.delete(batch);
    for (const pending of message) this.#end(pending, ending);
    if (this.#waiting.length > 0) this.#sendSoon();
    this.#hangUpWhenDone();
  }

  #end(pending: Pending, ending: Ending): void {
    if (pending.hasEnded) return;
    pending.hasEnded = true;
    this.#underWay -= 1;
    this.#deadlines.remove(pending);
    pending.resolve(ending);
    this.#hangUpWhenDone();
  }

  /** The connection is gone: nobody will ever say what became of what is under way. */
  #lose(): void {
    this.#isOpen = false;
    this.#socket.destroy();
    const open = [...[...this.#unended.values()].flat(), ...this.#waiting];
    this.#unended.clear();
    this.#waiting = [];
    for (const pending of open) this.#end(pending, UNKNOWN);
    this.#deadlines.stop();
    this.#hasClosed();
  }

  #hangUpWhenDone(): void {
    if (!this.#isOpen && this.#underWay === 0) this.#socket.destroySoon();
  }
}
