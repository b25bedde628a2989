import type { IncomingMessage } from "node:http";
import type { Deadlines, Watched } from "./deadlines.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { RefusalCause } from "./refusal.ts";

/** What came of reading a body: all of it is held, or it was refused, or its sender left. */
export type BodyEnd = RefusalCause | "whole" | "gone";

/** Reads a request's body into `held`, within `ms`. */
export function readBody(
  request: IncomingMessage,
  held: HeldBytes,
  deadlines: Deadlines,
  ms: number,
): Promise<BodyEnd> {
  return new Promise((resolve) => {
    new BodyReader(request, held, deadlines, resolve).start(ms);
  });
}

class BodyReader implements Watched {
  readonly #request: IncomingMessage;
  readonly #held: HeldBytes;
  readonly #deadlines: Deadlines;
  readonly #resolve: (end: BodyEnd) => void;
  #isOver = false;
  dueAt = 0;

  constructor(
    request: IncomingMessage,
    held: HeldBytes,
    deadlines: Deadlines,
    resolve: (end: BodyEnd) => void,
  ) {
    this.#request = request;
    this.#held = held;
    this.#deadlines = deadlines;
    this.#resolve = resolve;
  }

  start(ms: number): void {
    this.#deadlines.watch(this, ms);
    this.#request
      .on("data", (piece: Buffer) => this.#take(piece))
      .on("end", () => this.#end("whole"))
      .on("close", () => this.#end("gone"));
  }

  late(): void {
    this.#end("LATE");
  }

  #take(piece: Buffer): void {
    if (this.#isOver) return;
    const refused = this.#held.push(piece);
    if (refused !== undefined) this.#end(refused);
  }

  #end(end: BodyEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadlines.forget(this);
    this.#resolve(end);
  }
}
