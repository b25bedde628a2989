import type { Socket } from "node:net";
import { leafHashesInto } from "@writ/tlog/hash";
import { batchForm } from "../batch-signature.ts";
import { decodeAdmitted, encodeRelease } from "./admission-messages.ts";
import { type AskingDoor, AskLine } from "./ask-line.ts";
import { DeadlineLine, Timed } from "./deadline-line.ts";
import type { Admission, AppendDoor, Ending } from "./ending.ts";
import { type MessageDecoder, type Room, WireFault } from "./framing.ts";
import {
  APPEND_ROOM,
  type AppendMessage,
  COUNTER_BYTES,
  decodeEnded,
  ENTRY_BYTES,
  EVENTS_PER_MESSAGE,
  encodeAppend,
  encodeAppendAdmitted,
  entryRoom,
  MESSAGE,
} from "./messages.ts";
import { Scratch } from "./scratch.ts";

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
  /** The admission that it uses, 0 for none. */
  readonly admission: number;
  readonly resolve: (ending: Ending) => void;
  isSent = false;
  hasEnded = false;

  constructor(event: Uint8Array, admission: number, resolve: (ending: Ending) => void) {
    super();
    this.event = event;
    this.admission = admission;
    this.resolve = resolve;
  }
}

/**
 * From so many appends under way on, they go in as many messages as may be open: while the Bucket
 * syncs one, it judges the next. With fewer, a signature for each part would cost more than it saves.
 */
const WORTH_PARTING = 128;

/**
 * So many appends are worth a message of their own while another is on its way, and not worth
 * waiting for more: a message costs a signature, its check, and a frame with a sync at the Bucket.
 */
const WORTH_SENDING = 32;

type Refusal = Exclude<Ending, { readonly ending: "committed" }>;

const UNKNOWN: Refusal = { ending: "unknown" };
const SCHEMA_REJECTED: Refusal = { ending: "rejected", code: "SCHEMA_REJECTED" };
const QUOTA_EXCEEDED: Refusal = { ending: "rejected", code: "QUOTA_EXCEEDED" };

function isAdmitted({ admission }: Pending): boolean {
  return admission !== 0;
}

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
  readonly #asking: AskLine;
  readonly #unended = new Map<number, readonly Pending[]>();
  /** One for each message that was ever on its way at once. */
  readonly #scratches: Scratch[] = [];
  #waiting: Pending[] = [];
  #underWay = 0;
  #lastBatch = 0;
  #isSendingSoon = false;
  #isOpen = true;
  #isLost = false;
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
    this.#asking = new AskLine(this.#forAsking(), limits.deadlineMs);
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
    const refusal = this.#refusalOf(event);
    if (refusal !== undefined) return Promise.resolve(refusal);
    this.#underWay += 1;
    return this.#line(event, 0);
  }

  admit(largest: Uint8Array): Promise<Admission> {
    const refusal = this.#refusalOf(largest);
    if (refusal !== undefined) return Promise.resolve(refusal);
    this.#underWay += 1;
    return this.#asking.ask(largest);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#hangUpWhenDone();
    await this.closed;
  }

  /** Why nothing is sent for this event, if so. */
  #refusalOf(event: Uint8Array): Refusal | undefined {
    if (!this.#isOpen) return UNKNOWN;
    // The Bucket would say the same of both, and neither fits a message.
    if (event.length < 1 || event.length > ENTRY_BYTES) return SCHEMA_REJECTED;
    return this.#underWay >= this.#limits.inFlight ? QUOTA_EXCEEDED : undefined;
  }

  /** Stands in line for the next message; is under way already. */
  #line(event: Uint8Array, admission: number): Promise<Ending> {
    return new Promise((resolve) => {
      const pending = new Pending(event, admission, resolve);
      this.#waiting.push(pending);
      this.#deadlines.add(pending);
      this.#sendSoon();
    });
  }

  #forAsking(): AskingDoor {
    return {
      send: (bytes) => this.#socket.write(bytes),
      // What was admitted may still end after `close`, but not without a connection.
      appendAdmitted: (event, admission) => {
        return this.#isLost ? Promise.resolve(UNKNOWN) : this.#line(event, admission);
      },
      release: (admission) => this.#release(admission),
      left: () => this.#leave(),
    };
  }

  #release(admission: number): void {
    if (!this.#isLost) this.#socket.write(encodeRelease(admission));
  }

  #leave(): void {
    this.#underWay -= 1;
    this.#hangUpWhenDone();
  }

  /**
   * At the end of this turn of the event loop, so that what arrives together goes together. Where
   * more and more arrives each turn, some turns later: a lone append waits for nobody, and a crowd
   * for no more than `WORTH_SENDING` of it.
   */
  #sendSoon(): void {
    if (this.#isSendingSoon || !this.#maySend()) return;
    this.#isSendingSoon = true;
    this.#sendOnceGathered(this.#waiting.length);
  }

  #sendOnceGathered(before: number): void {
    setImmediate(() => {
      const { length } = this.#waiting;
      if (before < length && length < WORTH_SENDING) {
        this.#sendOnceGathered(length);
        return;
      }
      this.#isSendingSoon = false;
      this.#sendWaiting();
    });
  }

  #maySend(): boolean {
    const open = this.#unended.size;
    if (open === 0) return true;
    return open < this.#limits.unendedMessages && this.#waiting.length >= WORTH_SENDING;
  }

  #sendWaiting(): void {
    try {
      while (this.#maySend()) {
        const message = this.#nextMessage();
        if (message.length === 0) return;
        this.#send(message);
      }
    } catch {
      // Whether anything of it went out is open, so the connection ends, and all endings with it.
      this.#lose();
    }
  }

  /**
   * Takes from the line what fits one message: the first, and those behind it of the same kind, for
   * what is in one message is all admitted, or none of it is.
   */
  #nextMessage(): readonly Pending[] {
    const most = this.#mostEvents();
    const message: Pending[] = [];
    const left: Pending[] = [];
    let room = APPEND_ROOM;
    for (const pending of this.#waiting) {
      // An append past its deadline has been answered; to record it now would only mislead.
      if (pending.hasEnded) continue;
      const isOfKind = message[0] === undefined || isAdmitted(message[0]) === isAdmitted(pending);
      if (isOfKind) room -= entryRoom(pending.event) + (isAdmitted(pending) ? COUNTER_BYTES : 0);
      const fits = isOfKind && room >= 0 && message.length < most;
      (fits ? message : left).push(pending);
    }
    this.#waiting = left;
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
    leafHashesInto(entries, leafHashes);
    for (const pending of message) pending.isSent = true;
    const append = { batch, signature: this.#sign(text), entries };
    const scratch = this.#scratches.pop() ?? new Scratch();
    const bytes = encodeMessage(append, message, (length) => scratch.take(length));
    // The system has taken the bytes when it says so, and then they may be written over.
    this.#socket.write(bytes, () => this.#scratches.push(scratch));
  }

  #receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    try {
      for (let next = this.#decoder.next(); next !== undefined; next = this.#decoder.next()) {
        if (next.type === MESSAGE.ended) this.#ended(next.body);
        else if (next.type === MESSAGE.admitted) this.#asking.answered(decodeAdmitted(next.body));
        else throw new WireFault("the Bucket sent no answer");
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
    this.#deadlines.remove(pending);
    if (isAdmitted(pending) && !pending.isSent) this.#release(pending.admission);
    pending.resolve(ending);
    this.#leave();
  }

  /** The connection is gone: nobody will ever say what became of what is under way. */
  #lose(): void {
    this.#isOpen = false;
    this.#isLost = true;
    this.#socket.destroy();
    const open = [...[...this.#unended.values()].flat(), ...this.#waiting];
    this.#unended.clear();
    this.#waiting = [];
    for (const pending of open) this.#end(pending, UNKNOWN);
    this.#asking.lose();
    this.#deadlines.stop();
    this.#hasClosed();
  }

  #hangUpWhenDone(): void {
    if (!this.#isOpen && this.#underWay === 0) this.#socket.destroySoon();
  }
}

function encodeMessage(append: AppendMessage, message: readonly Pending[], room: Room): Uint8Array {
  if (!message.some(isAdmitted)) return encodeAppend(append, room);
  const admissions = message.map(({ admission }) => admission);
  return encodeAppendAdmitted({ ...append, admissions }, room);
}
