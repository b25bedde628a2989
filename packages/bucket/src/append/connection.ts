import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Denial, RefusalCause, RejectionCause, ViolationCause } from "./denial.ts";
import { REJECTION_CODE } from "./denial.ts";
import {
  HANDSHAKE_MESSAGE_BYTES,
  MESSAGE_BYTES,
  MessageDecoder,
  WireFault,
  type WireMessage,
} from "./framing.ts";
import { handshakeText } from "./handshake.ts";
import {
  type Answer,
  type AppendMessage,
  CHALLENGE_BYTES,
  decodeAnswer,
  decodeAppend,
  encodeAccepted,
  encodeCommitted,
  encodeHello,
  encodeRefused,
  encodeRejected,
  MESSAGE,
  PROTOCOL_VERSION,
} from "./messages.ts";
import type { QuotaBook, Reservation } from "./quota.ts";
import { type Standing, scrutinize } from "./scrutiny.ts";
import { EpochNotGreater, type LogWriter } from "./submission.ts";

/** What all connections of one Bucket share. */
export interface Bucket {
  readonly log: LogWriter;
  readonly origin: string;
  /** SHA-256 of the log's raw public key. */
  readonly logKeyHash: Uint8Array;
  /** How to check each writer's signatures, by name. */
  readonly writers: ReadonlyMap<string, Standing["verify"]>;
  readonly quota: QuotaBook;
  /** The one live connection of each writer. */
  readonly live: Map<string, WriterConnection>;
  readonly limits: ConnectionLimits;
  readonly onDenial: (denial: Denial) => void;
  /** The log can no longer be trusted: stop answering everybody. */
  readonly fatal: (error: Error) => void;
}

export interface ConnectionLimits {
  /** Milliseconds within which a peer must answer the challenge. */
  readonly handshakeMs: number;
  /** Messages of one connection that may await their fate; beyond, its socket is not read. */
  readonly unendedMessages: number;
}

type Turn = "answer" | "append" | "over";

/** The Bucket's side of one connection. */
export class WriterConnection {
  readonly #socket: Socket;
  readonly #bucket: Bucket;
  readonly #challenge: Uint8Array = randomBytes(CHALLENGE_BYTES);
  readonly #decoder = new MessageDecoder(HANDSHAKE_MESSAGE_BYTES);
  readonly #patience: NodeJS.Timeout;
  #turn: Turn = "answer";
  #standing: Standing | undefined;
  #lastBatch = 0;
  #unended = 0;
  #isDraining = false;

  constructor(socket: Socket, bucket: Bucket) {
    this.#socket = socket;
    this.#bucket = bucket;
    this.#patience = setTimeout(() => this.drop(), bucket.limits.handshakeMs);
    socket.on("data", (chunk: Uint8Array) => {
      this.#decoder.push(chunk);
      this.#pump();
    });
    socket.on("drain", () => this.#pump());
    // An error is always followed by close, and says nothing that close does not.
    socket.on("error", () => {});
    socket.on("close", () => this.#gone());
    const { origin, logKeyHash } = bucket;
    const challenge = this.#challenge;
    this.#send(encodeHello({ version: PROTOCOL_VERSION, challenge, logKeyHash, origin }));
  }

  /** Hangs up at once. What was submitted stays submitted, and is answered to nobody. */
  drop(): void {
    this.#turn = "over";
    this.#socket.destroy();
  }

  /** Reads no more, answers what was submitted, then hangs up. */
  drain(): void {
    this.#isDraining = true;
    this.#socket.pause();
    this.#hangUpWhenDrained();
  }

  /** Takes messages while there is room for their fates, else leaves the socket unread. */
  #pump(): void {
    try {
      while (this.#mayRead()) {
        const message = this.#decoder.next();
        if (message === undefined) break;
        this.#take(message);
      }
    } catch (error) {
      this.#failed(error);
    }
    if (this.#mayRead()) this.#socket.resume();
    else this.#socket.pause();
  }

  /** What is neither a peer's fault nor foreseen leaves nothing here to rely on. */
  #failed(error: unknown): void {
    if (error instanceof WireFault) this.#violation("MALFORMED_MESSAGE", error.message);
    else this.#bucket.fatal(asError(error));
  }

  #mayRead(): boolean {
    return (
      this.#turn !== "over" &&
      !this.#isDraining &&
      this.#unended < this.#bucket.limits.unendedMessages &&
      !this.#socket.writableNeedDrain
    );
  }

  #take({ type, body }: WireMessage): void {
    if (type === MESSAGE.answer && this.#turn === "answer") {
      this.#answered(decodeAnswer(body));
    } else if (type === MESSAGE.append && this.#standing !== undefined) {
      this.#append(decodeAppend(body), this.#standing);
    } else {
      const isKnown = Object.values<number>(MESSAGE).includes(type);
      this.#violation(isKnown ? "OUT_OF_TURN" : "UNKNOWN_VERB", `message of type ${type}`);
    }
  }

  #answered(answer: Answer): void {
    const standing = this.#examine(answer);
    if (typeof standing === "string") this.#refuse(answer, standing);
    else this.#accept(standing);
  }

  #accept(standing: Standing): void {
    clearTimeout(this.#patience);
    this.#standing = standing;
    this.#bucket.live.set(standing.writer, this);
    this.#turn = "append";
    this.#decoder.limit = MESSAGE_BYTES;
    this.#send(encodeAccepted());
  }

  /** Checks an answer; as the last check, spends its epoch, durably, before anyone is let in. */
  #examine({ writer, epoch, signature }: Answer): Standing | RefusalCause {
    const { origin, logKeyHash, writers, live } = this.#bucket;
    const verify = writers.get(writer);
    if (verify === undefined) return "UNKNOWN_WRITER";
    const claim = { origin, logKeyHash, challenge: this.#challenge, writer, epoch };
    if (!verify(handshakeText(claim), signature)) return "HANDSHAKE_SIGNATURE";
    if (live.has(writer)) return "WRITER_CONNECTED";
    return this.#isEpochRaised(writer, epoch)
      ? { origin, writer, epoch, verify }
      : "EPOCH_NOT_GREATER";
  }

  #isEpochRaised(writer: string, epoch: number): boolean {
    try {
      this.#bucket.log.raiseEpoch(writer, epoch);
      return true;
    } catch (error) {
      if (error instanceof EpochNotGreater) return false;
      throw error;
    }
  }

  #refuse(answer: Answer, cause: RefusalCause): void {
    const { writer, epoch } = answer;
    this.#bucket.onDenial({ kind: "refusal", cause, writer, detail: `epoch ${epoch}` });
    this.#send(encodeRefused());
    this.#hangUp();
  }

  #append(message: AppendMessage, standing: Standing): void {
    const { batch } = message;
    // A number seen before is a replay (rules §5), and a fate for it would be taken for that of the
    // message that first had it: so no answer.
    if (batch <= this.#lastBatch) {
      this.#violation("BATCH_NOT_RISING", `batch ${batch} after ${this.#lastBatch}`);
      return;
    }
    this.#lastBatch = batch;
    const { quota } = this.#bucket;
    const { entries } = message;
    const length = entries.reduce((sum, entry) => sum + entry.length, 0);
    const bytes = quota.chargedBytes(entries.length, length);
    // Quotas first: what is beyond them must cost next to nothing.
    const room = quota.reserve(standing.writer, entries.length, bytes);
    if (typeof room === "string") {
      this.#reject(standing, batch, room, `${entries.length} events`);
      return;
    }
    const scrutiny = scrutinize(message, standing);
    if (scrutiny.ok) {
      void this.#submit(message, standing, scrutiny.leafHashes, { room, bytes });
    } else {
      room.release();
      this.#reject(standing, batch, scrutiny.cause, scrutiny.detail);
    }
  }

  #reject({ writer }: Standing, batch: number, cause: RejectionCause, detail: string): void {
    const code = REJECTION_CODE[cause];
    this.#bucket.onDenial({ kind: "rejection", cause, code, writer, detail });
    this.#send(encodeRejected(batch, code));
  }

  /** Acknowledges after the log's promise and never before: that is what committed means. */
  async #submit(
    { batch, entries, signature }: AppendMessage,
    { writer, epoch }: Standing,
    leafHashes: readonly Uint8Array[],
    { room, bytes }: { readonly room: Reservation; readonly bytes: number },
  ): Promise<void> {
    const { log, fatal } = this.#bucket;
    this.#unended += 1;
    try {
      await log.submit({ writer, epoch, batch, entries, leafHashes, signature });
    } catch (error) {
      // Nobody knows whether it is written, so nobody is told (design §6: the writer is poisoned).
      fatal(asError(error));
      return;
    }
    this.#unended -= 1;
    room.settle(bytes);
    this.#send(encodeCommitted(batch));
    this.#pump();
    this.#hangUpWhenDrained();
  }

  #violation(cause: ViolationCause, detail: string): void {
    this.#bucket.onDenial({ kind: "violation", cause, writer: this.#writer, detail });
    this.drop();
  }

  get #writer(): string | null {
    return this.#standing?.writer ?? null;
  }

  #send(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  #hangUpWhenDrained(): void {
    if (this.#isDraining && this.#unended === 0) this.#hangUp();
  }

  /** Sends what is written, then closes. */
  #hangUp(): void {
    this.#turn = "over";
    this.#socket.destroySoon();
  }

  #gone(): void {
    clearTimeout(this.#patience);
    this.#turn = "over";
    const writer = this.#writer;
    if (writer !== null) this.#bucket.live.delete(writer);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
