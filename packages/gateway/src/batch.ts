import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "@writ/enforce/answer";
import { answerText } from "./answer-text.ts";
import { attemptOf } from "./attempt-of.ts";
import type { Caller } from "./callers.ts";
import type { Watched } from "./deadlines.ts";
import type { HeldBytes } from "./held-bytes.ts";
import { type AttemptVerb, type House, tellFault, tellRefusal } from "./house.ts";
import { maxBodyBytes } from "./limits.ts";
import { type Line, LineFramer } from "./line-framer.ts";
import { REFUSAL_TEXT, type RefusalCause } from "./refusal.ts";
import { goAhead, sentWithin } from "./single.ts";

export const NDJSON_TYPE = "application/x-ndjson";

/**
 * Lines in, lines out: each an attempt of its own, or its refusal, in their order. Reading stops
 * while `batchInFlight` answers are awaited or the caller does not take them in, so that a batch of
 * any length holds no more than that. Returns why the batch did not begin, if it did not.
 */
export async function answerLines(
  house: House,
  verb: AttemptVerb,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RefusalCause | undefined> {
  const free = house.limits.batches - house.batches.size;
  if (free <= 0) return "BATCHES";
  if (!caller.batches.take(free)) return "SHARE";
  const batch = new Batch({ house, verb, caller, request, response });
  house.batches.add(batch);
  await batch.run();
  house.batches.delete(batch);
  caller.batches.give();
  return undefined;
}

interface BatchParts {
  readonly house: House;
  readonly verb: AttemptVerb;
  readonly caller: Caller;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The place of one answer, in the order of the lines. */
interface Slot {
  text: string | undefined;
}

class Batch implements Watched {
  readonly #parts: BatchParts;
  readonly #framer: LineFramer;
  /** Answers that are awaited, or wait for the ones before them. */
  readonly #slots: Slot[] = [];
  /** What the last piece still has of lines. */
  #lines: Iterator<Line> | undefined;
  /** A line for which the gateway had no room while others of this batch were under way. */
  #waiting: HeldBytes | undefined;
  #underWay = 0;
  #turnsSoon = false;
  #hasEnded = false;
  /** Whether no further line will be taken. */
  #isRead = false;
  /** Whether the caller's last bytes are not worth waiting for. */
  #isCut = false;
  #isOver = false;
  #finish: () => void = () => {};
  dueAt = 0;

  constructor(parts: BatchParts) {
    this.#parts = parts;
    this.#framer = new LineFramer(maxBodyBytes, parts.house.budget);
  }

  /** Settles when every attempt of it is over and the answers are handed on. */
  run(): Promise<void> {
    const { house, request, response } = this.#parts;
    goAhead(request, response);
    response.writeHead(200, ["content-type", NDJSON_TYPE]);
    response.flushHeaders();
    return new Promise((resolve) => {
      this.#finish = resolve;
      response.on("drain", () => this.#turn()).on("close", () => this.#cut());
      request.on("data", (piece: Buffer) => {
        this.#lines = this.#framer.push(piece);
        this.#turn();
      });
      request.on("end", () => {
        this.#hasEnded = true;
        this.#turn();
      });
      house.deadlines.watch(this, house.limits.requestMs);
    });
  }

  /** Takes no further line; what is under way is answered. */
  stop(): void {
    this.#cut();
  }

  late(): void {
    const { response } = this.#parts;
    // Nobody takes the answers in, or a line has not arrived whole.
    if (response.writableNeedDrain) response.destroy();
    else this.#refuse("LATE");
    this.#cut();
  }

  #cut(): void {
    if (this.#isRead) return;
    this.#isRead = true;
    this.#isCut = true;
    this.#lines = undefined;
    this.#waiting?.release();
    this.#waiting = undefined;
    this.#framer.drop();
    this.#turn();
  }

  /** Hands on what is ready, then takes as many lines as there is room for. */
  #turn(): void {
    this.#flush();
    if (!this.#isRead) this.#takeLines();
    if (this.#isRead && this.#slots.length === 0) this.#over();
  }

  #takeLines(): void {
    const { house, caller, request, response } = this.#parts;
    if (!house.callers.admits(caller)) {
      this.#cut();
      return;
    }
    let taken = 0;
    while (this.#slots.length < house.limits.batchInFlight && !response.writableNeedDrain) {
      const line = this.#waiting ?? this.#nextLine();
      if (line === undefined) {
        this.#readOn(taken);
        return;
      }
      if (!this.#take(line)) break;
      taken += 1;
    }
    request.pause();
    // Our own work has its own deadlines; the caller has one to take answers in.
    if (response.writableNeedDrain) house.deadlines.watch(this, house.limits.answerMs);
    else house.deadlines.forget(this);
  }

  #nextLine(): Line | undefined {
    const next = this.#lines?.next();
    if (next?.done === false) return next.value;
    this.#lines = undefined;
    return this.#hasEnded ? this.#framer.end() : undefined;
  }

  #readOn(taken: number): void {
    const { house, request } = this.#parts;
    if (this.#hasEnded) {
      this.#isRead = true;
      return;
    }
    // A line that has begun keeps its time, however many pieces it comes in.
    if (taken > 0 || request.isPaused()) house.deadlines.watch(this, house.limits.requestMs);
    request.resume();
  }

  /** False if the line must wait for others of this batch to be over. */
  #take(line: Line): boolean {
    if (typeof line === "string") return this.#refuse(line);
    const { caller } = this.#parts;
    if (line !== this.#waiting && !caller.spend()) {
      line.release();
      return this.#refuse("RATE");
    }
    const attempt = this.#attempt(line.bytes);
    if ((attempt === "IN_FLIGHT" || attempt === "SHARE") && this.#underWay > 0) {
      this.#waiting = line;
      return false;
    }
    this.#waiting = undefined;
    if (typeof attempt !== "string") return this.#await(attempt, line);
    line.release();
    return this.#refuse(attempt);
  }

  #attempt(bytes: Uint8Array): Promise<Answer> | RefusalCause {
    const { house, verb, caller } = this.#parts;
    try {
      return attemptOf(house, verb, caller, bytes);
    } catch (error) {
      tellFault(house, error);
      return "FAULT";
    }
  }

  #await(attempt: Promise<Answer>, line: HeldBytes): true {
    const slot: Slot = { text: undefined };
    this.#slots.push(slot);
    this.#underWay += 1;
    const settle = (text: string): void => {
      slot.text = text;
      line.release();
      this.#underWay -= 1;
      this.#turnSoon();
    };
    attempt.then(
      (answer) => settle(answerText(answer)),
      (error) => {
        tellFault(this.#parts.house, error);
        settle(REFUSAL_TEXT);
      },
    );
    return true;
  }

  #refuse(cause: RefusalCause): true {
    tellRefusal(this.#parts.house, cause, this.#parts.caller);
    this.#slots.push({ text: REFUSAL_TEXT });
    this.#turnSoon();
    return true;
  }

  /** Once for all that ends at the same time: what one sync committed is one piece of answers. */
  #turnSoon(): void {
    if (this.#turnsSoon) return;
    this.#turnsSoon = true;
    process.nextTick(() => {
      this.#turnsSoon = false;
      this.#turn();
    });
  }

  #flush(): void {
    let text = "";
    let ready = 0;
    for (const slot of this.#slots) {
      if (slot.text === undefined) break;
      text += `${slot.text}\n`;
      ready += 1;
    }
    if (ready === 0) return;
    this.#slots.splice(0, ready);
    const { response } = this.#parts;
    if (!response.destroyed) response.write(text);
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { house, request, response } = this.#parts;
    house.deadlines.forget(this);
    // What is left of the request is nobody's: the connection goes with it.
    response.end(() => {
      if (this.#isCut) request.destroy();
    });
    sentWithin(house, response);
    this.#finish();
  }
}
