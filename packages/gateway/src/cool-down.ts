import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Caller } from "./callers.ts";
import { freeBytes } from "./held-bytes.ts";
import { retryAfterSeconds } from "./limits.ts";
import { REFUSALS, type RefusalCause } from "./refusal.ts";

/** Whether another try at once would be refused as this one was, or is a guess at a key. */
export function coolsDown(cause: RefusalCause): boolean {
  return REFUSALS[cause] === 429 || REFUSALS[cause] === 401;
}

/** One connection's, of one caller; null is whoever has shown no good key. */
interface CoolDown {
  readonly caller: Caller | null;
  readonly over: Promise<void>;
  /** Whether a request waits for its end already. */
  isAwaited: boolean;
  /** Whether more came than can wait: then the connection ends, and nothing on it is let on. */
  isLast: boolean;
}

/**
 * To refuse costs as much as any other request over HTTP; a flood that may have another refusal at
 * once takes the gateway from everybody. So a connection that was refused has its next request, of
 * the same caller, read when `Retry-After` is over: the flood comes to one refusal a second of each
 * of its connections, of which there are only so many. Others whom a proxy sends on the same
 * connection do not wait.
 */
export class CoolDowns {
  readonly #bySocket = new Map<Socket, CoolDown>();

  /** Whether a request has come on a connection that cools down. */
  has({ socket }: IncomingMessage): boolean {
    return this.#bySocket.has(socket);
  }

  /** From now; one that has begun goes on as it is. */
  begin({ socket }: IncomingMessage, caller: Caller | null): void {
    if (this.#bySocket.has(socket)) return;
    const over = new Promise<void>((resolve) => {
      setTimeout(() => {
        if (!coolDown.isLast) this.#bySocket.delete(socket);
        resolve();
      }, 1_000 * retryAfterSeconds).unref();
    });
    const coolDown: CoolDown = { caller, over, isAwaited: false, isLast: false };
    this.#bySocket.set(socket, coolDown);
  }

  /** Whether this request comes too soon. */
  concerns({ socket }: IncomingMessage, caller: Caller | null): boolean {
    const coolDown = this.#bySocket.get(socket);
    return coolDown !== undefined && (coolDown.isLast || coolDown.caller === caller);
  }

  /**
   * Resolves when it is over, for one request, of few bytes, on each connection. Undefined for any
   * other: nothing that comes on this connection from now on is let on.
   */
  wait({ socket }: IncomingMessage, bytes: number): Promise<void> | undefined {
    const coolDown = this.#bySocket.get(socket);
    if (coolDown === undefined) return undefined;
    if (!coolDown.isAwaited && bytes <= freeBytes) {
      coolDown.isAwaited = true;
      return coolDown.over;
    }
    if (!coolDown.isLast) socket.once("close", () => this.#bySocket.delete(socket));
    coolDown.isLast = true;
    return undefined;
  }
}
