import { type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { ExecuteAnswer as Answer } from "@writ/enforce/answer";
import { admit } from "./admission.ts";
import { answerText } from "./answer-text.ts";
import { attemptOf } from "./attempt-of.ts";
import type { Caller } from "./callers.ts";
import type { Watched } from "./deadlines.ts";
import { freeBytes } from "./held-bytes.ts";
import { type House, tellFault, tellRefusal } from "./house.ts";
import { type PlainRequest, plainRequest } from "./plain-request.ts";
import { hangUp, JSON_TYPE, REFUSAL_TEXT, REFUSALS, type RefusalCause } from "./refusal.ts";

/**
 * Answers plain requests for single attempts itself, because what Node's HTTP does around a request
 * costs more than to decide and record it. A connection on which anything else arrives is Node's from
 * then on, with all that has not been answered; nothing it says can tell which of the two answered.
 */
export class PlainConnections {
  readonly #house: House;
  readonly #open = new Set<PlainConnection>();

  constructor(house: House) {
    this.#house = house;
  }

  /** Puts itself before the server's own reading. */
  precede(server: Server): void {
    const listeners = server.listeners("connection");
    const toNode = (socket: Socket): void => {
      for (const listener of listeners) listener.call(server, socket);
    };
    server.removeAllListeners("connection").on("connection", (socket: Socket) => {
      this.#open.add(new PlainConnection(socket, this.#house, this.#open, toNode));
    });
  }

  /** No attempt begins any more: who waits for an answer gets it, the others are Node's to refuse. */
  stop(): void {
    for (const connection of this.#open) connection.stop();
  }

  hangUp(): void {
    for (const connection of this.#open) connection.hangUp();
  }
}

/** What a connection waits for; `late` says what becomes of it if that does not come. */
type Turn = "first request" | "next request" | "attempt" | "answer taken in";

class PlainConnection implements Watched {
  readonly #socket: Socket;
  readonly #house: House;
  readonly #open: Set<PlainConnection>;
  readonly #toNode: (socket: Socket) => void;
  #turn: Turn = "first request";
  /** What arrived before the answer to what came before it. */
  #early: Buffer | undefined;
  #isLast = false;
  dueAt = 0;

  constructor(
    socket: Socket,
    house: House,
    open: Set<PlainConnection>,
    toNode: (socket: Socket) => void,
  ) {
    this.#socket = socket;
    this.#house = house;
    this.#open = open;
    this.#toNode = toNode;
    socket.on("data", this.#onData).on("end", this.#onEnd);
    // An error is always followed by close, and says nothing that close does not.
    socket.on("error", ignore).on("close", this.#onClose);
    house.deadlines.watch(this, house.limits.requestMs);
  }

  late(): void {
    if (this.#turn === "first request") {
      tellRefusal(this.#house, "LATE", null);
      hangUp(this.#socket, "LATE");
    } else {
      this.#socket.destroy();
    }
  }

  stop(): void {
    if (this.#turn === "first request") this.#handOver();
    else if (this.#turn === "next request") this.#socket.destroy();
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  readonly #onData = (piece: Buffer): void => {
    if (this.#turn === "first request" || this.#turn === "next request") {
      this.#take(piece);
      return;
    }
    this.#early = this.#early === undefined ? piece : Buffer.concat([this.#early, piece]);
    this.#socket.pause();
  };

  readonly #onEnd = (): void => {
    this.#isLast = true;
    if (this.#turn !== "attempt") this.#socket.destroySoon();
  };

  readonly #onClose = (): void => {
    this.#house.deadlines.forget(this);
    this.#open.delete(this);
  };

  #take(piece: Buffer): void {
    const house = this.#house;
    const request = plainRequest(piece, house.limits.headerBytes, freeBytes);
    const admission = request === undefined ? undefined : admit(house, request);
    const isSingle = typeof admission === "object" && "verb" in admission && !admission.isBatch;
    if (request === undefined || !isSingle) {
      this.#handOver(piece);
      return;
    }
    const { caller, verb } = admission;
    this.#isLast ||= request.isLast;
    this.#turn = "attempt";
    // Still watched, so as not to leave the others and come back each time; it is not late.
    this.dueAt = Number.POSITIVE_INFINITY;
    const attempt = this.#begin(verb, caller, request);
    if (typeof attempt === "string") this.#refuse(attempt, caller);
    else attempt.then(this.#onAnswer, (error) => this.#fail(error, caller));
  }

  #begin(
    verb: Parameters<typeof attemptOf>[1],
    caller: Caller,
    { body }: PlainRequest,
  ): ReturnType<typeof attemptOf> {
    if (!caller.spend()) return "RATE";
    try {
      return attemptOf(this.#house, verb, caller, body);
    } catch (error) {
      tellFault(this.#house, error);
      return "FAULT";
    }
  }

  readonly #onAnswer = (answer: Answer): void => {
    try {
      this.#send(200, answerText(answer));
    } catch (error) {
      tellFault(this.#house, error);
      this.#socket.destroy();
    }
  };

  #fail(error: unknown, caller: Caller): void {
    tellFault(this.#house, error);
    this.#refuse("FAULT", caller);
  }

  #refuse(cause: RefusalCause, caller: Caller): void {
    tellRefusal(this.#house, cause, caller);
    this.#send(REFUSALS[cause], REFUSAL_TEXT);
  }

  #send(status: number, text: string): void {
    const { limits, isClosing, deadlines } = this.#house;
    if (this.#socket.destroyed) return;
    this.#isLast ||= isClosing;
    const length = Buffer.byteLength(text);
    const head = headText(status, length, this.#isLast ? null : limits.idleMs);
    // Most answers are ASCII, which Node writes out faster when told.
    this.#socket.write(head + text, length === text.length ? "latin1" : "utf8");
    if (this.#socket.writableLength === 0) {
      this.#next();
    } else {
      this.#turn = "answer taken in";
      deadlines.watch(this, limits.answerMs);
      this.#socket.write("", () => this.#next());
    }
  }

  #next(): void {
    const early = this.#early;
    this.#early = undefined;
    if (this.#isLast) {
      this.#socket.destroySoon();
      return;
    }
    this.#turn = "next request";
    this.#house.deadlines.watch(this, this.#house.limits.idleMs);
    if (early === undefined) return;
    this.#socket.resume();
    this.#take(early);
  }

  /** From now on it is Node's, beginning with what has arrived and is not answered. */
  #handOver(piece?: Buffer): void {
    const socket = this.#socket;
    socket.off("data", this.#onData).off("end", this.#onEnd);
    socket.off("error", ignore).off("close", this.#onClose);
    this.#onClose();
    socket.pause();
    if (piece !== undefined) socket.unshift(piece);
    this.#toNode(socket);
    socket.resume();
  }
}

function ignore(): void {}

/** The head that Node gives the same answer. */
function headText(status: number, length: number, idleMs: number | null): string {
  const rest =
    idleMs === null
      ? "Connection: close\r\n\r\n"
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\n\r\n`;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${length}\r\nDate: ${dateText()}\r\n${rest}`;
}

let dateSecond = 0;
let date = "";

/** RFC 9110 §5.6.7; it changes once a second. */
function dateText(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = new Date(1000 * second).toUTCString();
  }
  return date;
}
