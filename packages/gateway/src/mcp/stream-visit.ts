import type { Duplex } from "node:stream";
import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  type Transport,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Caller } from "../callers.ts";
import type { HeldBytes } from "../held-bytes.ts";
import { type House, tellFault, tellRefusal } from "../house.ts";
import { maxBodyBytes } from "../limits.ts";
import { LineFramer } from "../line-framer.ts";
import { REFUSAL_TEXT, type RefusalCause } from "../refusal.ts";
import { type AgentMessage, type Message, readMessage, type ToolCall } from "./agent-message.ts";
import type { Talk, ToolBook } from "./agents-door.ts";
import { protocolServer } from "./protocol-server.ts";

/** Requests of one agent under way at once; further ones wait unread. */
const AT_ONCE = 64;

type Id = string | number;

/** One agent on a stream, to its end. */
export function converse(book: ToolBook, house: House, caller: Caller, stream: Duplex): Talk {
  const wire = new AgentWire(house, caller, stream);
  const visit = {
    house,
    caller,
    book,
    take: (id: Id) => wire.take(id),
    refused: (cause: RefusalCause) => tellRefusal(house, cause, caller),
  };
  const handle = serveStdio(() => protocolServer(visit), {
    transport: wire,
    maxSubscriptions: 0,
    onerror: () => {},
  });
  const ended = wire.ended.then(() => handle.close()).catch((error) => tellFault(house, error));
  return { ended, stop: () => wire.stop(), hangUp: () => void wire.close() };
}

/**
 * The lines of one agent, as the SDK's transport. Reading stops while many requests are under way or
 * answers are not taken in, so memory is bounded whatever the agent does. A cancellation is not
 * passed on: what was begun is carried out, recorded and answered.
 */
class AgentWire implements Transport {
  readonly #house: House;
  readonly #caller: Caller;
  readonly #stream: Duplex;
  readonly #framer: LineFramer;
  readonly #underWay = new Set<Id>();
  readonly #calls = new Map<Id, ToolCall>();
  /** What each request holds of the budget, until it is answered. */
  readonly #held = new Map<Id, HeldBytes>();
  readonly ended: Promise<void>;
  #settle: () => void = () => {};
  #isRead = false;
  #isOver = false;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: Transport["onmessage"];

  constructor(house: House, caller: Caller, stream: Duplex) {
    this.#house = house;
    this.#caller = caller;
    this.#stream = stream;
    this.#framer = new LineFramer(maxBodyBytes, house.budget);
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  async start(): Promise<void> {
    this.#stream
      .on("data", (piece: Buffer) => this.#hear(piece))
      .on("drain", () => this.#readOn())
      .on("end", () => this.stop())
      .on("error", () => this.#over())
      .on("close", () => this.#over());
    this.#readOn();
  }

  take(id: Id): ToolCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (!this.#isOver) this.#stream.write(`${JSON.stringify(message)}\n`);
    if ("id" in message && message.id !== undefined && !("method" in message)) {
      this.#forget(message.id);
      this.#readOn();
    }
  }

  async close(): Promise<void> {
    this.#over();
  }

  /** Takes no further message; once what is under way is answered, it is over. */
  stop(): void {
    this.#isRead = true;
    this.#framer.drop();
    this.#readOn();
  }

  #hear(piece: Buffer): void {
    for (const line of this.#framer.push(piece)) {
      if (typeof line === "string") this.#refuse(line);
      else if (this.#isRead || line.length === 0) line.release();
      else this.#deliver(line);
    }
    this.#readOn();
  }

  #deliver(line: HeldBytes): void {
    const read = readMessage(line.bytes);
    const id = read.kind === "none" ? undefined : idOf(read.message);
    const why = id === undefined ? undefined : this.#whyNot(id, read);
    if (id === undefined || why !== undefined) line.release();
    else this.#hold(id, line, read);
    if (read.kind === "none") this.#say(null, read.code, read.why);
    else if (why !== undefined) this.#say(id ?? null, -32_600, `Invalid Request: ${why}`);
    else if (id !== undefined || read.message.method !== "notifications/cancelled") {
      this.onmessage?.(read.message as unknown as JSONRPCMessage);
    }
  }

  /** The SDK says nothing to what is no request, and a request without an answer never ends. */
  #whyNot(id: Id, read: AgentMessage): string | undefined {
    if (this.#underWay.has(id)) return "id in use";
    return read.kind !== "none" && isJSONRPCRequest(read.message) ? undefined : "not JSON-RPC 2.0";
  }

  #hold(id: Id, line: HeldBytes, read: AgentMessage): void {
    this.#underWay.add(id);
    this.#held.set(id, line);
    if (read.kind === "call") this.#calls.set(id, read.call);
  }

  #forget(id: Id): void {
    this.#underWay.delete(id);
    this.#calls.delete(id);
    this.#held.get(id)?.release();
    this.#held.delete(id);
  }

  /** A line that is too long, or for which there is no room now. */
  #refuse(cause: RefusalCause): void {
    tellRefusal(this.#house, cause, this.#caller);
    this.#say(null, -32_000, "refused: no attempt was made", JSON.parse(REFUSAL_TEXT));
  }

  #say(id: Id | null, code: number, message: string, data?: unknown): void {
    const error = { code, message, ...(data === undefined ? {} : { data }) };
    if (!this.#isOver) this.#stream.write(`${JSON.stringify({ jsonrpc: "2.0", id, error })}\n`);
  }

  #readOn(): void {
    if (this.#isOver) return;
    const isFull = this.#underWay.size >= AT_ONCE || this.#stream.writableNeedDrain;
    if (this.#isRead && this.#underWay.size === 0) this.#over();
    else if (isFull && !this.#isRead) this.#stream.pause();
    else this.#stream.resume();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isRead = true;
    this.#framer.drop();
    for (const id of [...this.#held.keys()]) this.#forget(id);
    this.#stream.end();
    this.onclose?.();
    this.#settle();
  }
}

/** Of a request; what bears none is a notification, or an answer that nobody asked for. */
function idOf({ id, method }: Message): Id | undefined {
  if (typeof method !== "string") return undefined;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}
