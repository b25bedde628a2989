import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { decisionIdPrefix } from "@writ/contract/event-bytes";
import type { Verify, VerifyLater } from "@writ/tlog/ed25519";
import { decodeAdmit, decodeRelease } from "./admission-messages.ts";
import type { RefusalCause, ViolationCause } from "./denial.ts";
import {
  HANDSHAKE_MESSAGE_BYTES,
  MESSAGE_BYTES,
  MessageDecoder,
  WireFault,
  type WireMessage,
} from "./framing.ts";
import { handshakeText } from "./handshake.ts";
import { Intake, type IntakeParts } from "./intake.ts";
import {
  type Answer,
  CHALLENGE_BYTES,
  decodeAnswer,
  decodeAppend,
  decodeAppendAdmitted,
  encodeAccepted,
  encodeHello,
  encodeRefused,
  MESSAGE,
  PROTOCOL_VERSION,
} from "./messages.ts";
import type { Standing } from "./scrutiny.ts";
import { EpochNotGreater, Poisoned } from "./submission.ts";

/** What all connections of one Bucket share. */
export interface Bucket extends IntakeParts {
  readonly origin: string;
  /** SHA-256 of the log's raw public key. */
  readonly logKeyHash: Uint8Array;
  /** How to check each writer's signatures, by name. */
  readonly writers: ReadonlyMap<string, WriterVerifier>;
  /** The one live connection of each writer. */
  readonly live: Map<string, WriterConnection>;
  readonly limits: ConnectionLimits;
}

/** Checks Ed25519 signatures by one writer's key. */
export interface WriterVerifier {
  /** Once a connection. */
  readonly verify: Verify;
  /** Once a message, while this thread does something else. */
  readonly verifyLater: VerifyLater;
}

export interface ConnectionLimits {
  /** Milliseconds within which a peer must answer the challenge. */
  readonly handshakeMs: number;
  /** Messages of one connection that may await their fate; beyond, its socket is not read. */
  readonly unendedMessages: number;
}

/** What a writer may say once it has been let in. */
const INTAKE: Readonly<Record<number, (intake: Intake, body: Uint8Array) => void>> = {
  [MESSAGE.append]: (intake, body) => intake.append(decodeAppend(body)),
  [MESSAGE.admit]: (intake, body) => intake.admit(decodeAdmit(body)),
  [MESSAGE.release]: (intake, body) => intake.release(decodeRelease(body)),
  [MESSAGE.appendAdmitted]: (intake, body) => intake.appendAdmitted(decodeAppendAdmitted(body)),
};

type Turn = "answer" | "append" | "over";

/** The Bucket's side of one connection. */
export class WriterConnection {
  readonly #socket: Socket;
  readonly #bucket: Bucket;
  readonly #challenge: Uint8Array = randomBytes(CHALLENGE_BYTES);
  readonly #decoder = new MessageDecoder(HANDSHAKE_MESSAGE_BYTES);
  readonly #patience: NodeJS.Timeout;
  #turn: Turn = "answer";
  #intake: Intake | undefined;
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
    this.#intake?.stop();
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

  /** Only the log's own failure is everybody's: no writer's bytes may silence the others. */
  #failed(error: unknown): void {
    if (error instanceof WireFault) this.#violation("MALFORMED_MESSAGE", error.message);
    else if (error instanceof Poisoned) this.#bucket.fatal(error);
    else this.#violation("UNJUDGED_MESSAGE", asError(error).message);
  }

  #mayRead(): boolean {
    return (
      this.#turn !== "over" &&
      !this.#isDraining &&
      (this.#intake?.unended ?? 0) < this.#bucket.limits.unendedMessages &&
      !this.#socket.writableNeedDrain
    );
  }

  #take({ type, body }: WireMessage): void {
    const act = this.#intake === undefined ? undefined : INTAKE[type];
    if (act !== undefined && this.#intake !== undefined) {
      act(this.#intake, body);
    } else if (type === MESSAGE.answer && this.#turn === "answer") {
      this.#answered(decodeAnswer(body));
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
    this.#intake = new Intake(this.#bucket, standing, {
      send: (bytes) => this.#send(bytes),
      violation: (cause, detail) => this.#violation(cause, detail),
      ended: () => {
        this.#pump();
        this.#hangUpWhenDrained();
      },
    });
    this.#bucket.live.set(standing.writer, this);
    this.#turn = "append";
    this.#decoder.limit = MESSAGE_BYTES;
    this.#send(encodeAccepted());
  }

  /** Checks an answer; as the last check, spends its epoch, durably, before anyone is let in. */
  #examine({ writer, epoch, signature }: Answer): Standing | RefusalCause {
    const { origin, logKeyHash, writers, live } = this.#bucket;
    const key = writers.get(writer);
    if (key === undefined) return "UNKNOWN_WRITER";
    const claim = { origin, logKeyHash, challenge: this.#challenge, writer, epoch };
    if (!key.verify(handshakeText(claim), signature)) return "HANDSHAKE_SIGNATURE";
    if (live.has(writer)) return "WRITER_CONNECTED";
    if (!this.#isEpochRaised(writer, epoch)) return "EPOCH_NOT_GREATER";
    const idPrefix = decisionIdPrefix(writer, epoch);
    return { origin, writer, epoch, idPrefix, verify: key.verifyLater };
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

  #violation(cause: ViolationCause, detail: string): void {
    this.#bucket.onDenial({ kind: "violation", cause, writer: this.#writer, detail });
    this.drop();
  }

  get #writer(): string | null {
    return this.#intake?.writer ?? null;
  }

  #send(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  #hangUpWhenDrained(): void {
    if (this.#isDraining && (this.#intake?.unended ?? 0) === 0) this.#hangUp();
  }

  /** Sends what is written, then closes. */
  #hangUp(): void {
    this.#turn = "over";
    this.#socket.destroySoon();
  }

  #gone(): void {
    clearTimeout(this.#patience);
    this.#turn = "over";
    this.#intake?.stop();
    const writer = this.#writer;
    if (writer !== null) this.#bucket.live.delete(writer);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
