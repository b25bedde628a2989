import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Caller } from "./callers.ts";
import { freeBytes } from "./held-bytes.ts";
import { retryAfterSeconds } from "./limits.ts";
import { REFUSALS, type RefusalCause } from "./refusal.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What a connection may have, without a wait, of answers that are no attempt's. */
const sparePerSecond = 2;
export const spareAtOnce = 16;

/** Whether another try at once would be refused as this one was, or is a guess at a key. */
function isAtOnce(cause: RefusalCause | "page"): boolean {
  return cause !== "page" && (REFUSALS[cause] === 429 || REFUSALS[cause] === 401);
}

/** What one caller waits for on one connection. */
interface CoolDown {
  readonly over: Promise<void>;
  /** Whether a request waits for its end already. */
  isAwaited: boolean;
}

/** A connection on which somebody has to wait; null is whoever has shown no good key. */
interface Cooling {
  readonly callers: Map<Caller | null, CoolDown>;
  /** Whether more came than can wait: then the connection ends, and nothing on it is let on. */
  isLast: boolean;
}

/**
 * To refuse costs as much as any other request over HTTP; a flood that may have another refusal at
 * once takes the gateway from everybody. So a connection that was refused for its rate or its key has
 * its next request, of the same caller, read when `Retry-After` is over: the flood comes to one
 * refusal a second of each of its connections, of which there are only so many. What else is no
 * attempt, a refusal of another kind or a page, has the same end when there is too much of it, for a
 * client may meet some on its usual way. Others whom a proxy sends on the same connection do not wait.
 */
export class CoolDowns {
  readonly #bySocket = new Map<Socket, Cooling>();
  readonly #spare = new WeakMap<Socket, TokenBucket>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether a request has come on a connection that cools down. */
  has({ socket }: IncomingMessage): boolean {
    return this.#bySocket.has(socket);
  }

  /** Counts an answer that is no attempt's, after which its caller may have to wait. */
  count(request: IncomingMessage, cause: RefusalCause | "page", caller: Caller | null): void {
    if (isAtOnce(cause) || !this.#hasSpare(request.socket)) this.begin(request, caller);
  }

  /** From now; one that has begun goes on as it is. */
  begin({ socket }: IncomingMessage, caller: Caller | null): void {
    const cooling = this.#bySocket.get(socket) ?? { callers: new Map(), isLast: false };
    if (cooling.callers.has(caller)) return;
    this.#bySocket.set(socket, cooling);
    const over = new Promise<void>((resolve) => {
      setTimeout(() => {
        cooling.callers.delete(caller);
        if (cooling.callers.size === 0 && !cooling.isLast) this.#bySocket.delete(socket);
        resolve();
      }, 1_000 * retryAfterSeconds).unref();
    });
    cooling.callers.set(caller, { over, isAwaited: false });
  }

  /** Whether this request comes too soon. */
  concerns({ socket }: IncomingMessage, caller: Caller | null): boolean {
    const cooling = this.#bySocket.get(socket);
    return cooling !== undefined && (cooling.isLast || cooling.callers.has(caller));
  }

  /**
   * Resolves when it is over, for one request, of few bytes, of each caller on each connection.
   * Undefined for any other: nothing that comes on this connection from now on is let on.
   */
  wait(
    { socket }: IncomingMessage,
    caller: Caller | null,
    bytes: number,
  ): Promise<void> | undefined {
    const cooling = this.#bySocket.get(socket);
    const coolDown = cooling?.callers.get(caller);
    if (cooling?.isLast === false && coolDown?.isAwaited === false && bytes <= freeBytes) {
      coolDown.isAwaited = true;
      return coolDown.over;
    }
    if (cooling === undefined) return undefined;
    if (!cooling.isLast) socket.once("close", () => this.#bySocket.delete(socket));
    cooling.isLast = true;
    return undefined;
  }

  #hasSpare(socket: Socket): boolean {
    const now = this.#now();
    const spare = this.#spare.get(socket) ?? new TokenBucket(sparePerSecond, spareAtOnce, now);
    this.#spare.set(socket, spare);
    return spare.take(now);
  }
}
