import { setTimeout as sleep } from "node:timers/promises";
import type { Transport } from "@modelcontextprotocol/client";
import type { Action, Adapter } from "@writ/enforce/adapter";
import { connectClient } from "./connect-client.ts";
import { ownWords } from "./own-words.ts";
import { DownstreamFailed, Session, type ToolPin, type ToolResult } from "./session.ts";

export interface DownstreamOptions {
  /** Stands in the record as `adapter_name`. */
  readonly name: string;
  /** Opens one connection. */
  readonly open: () => Promise<Transport>;
  /** Milliseconds from a call to its result. */
  readonly deadlineMs: number;
  /** Bytes that a result may have. */
  readonly maxResultBytes: number;
  /** Within which a server that let a call wait too long must say that it is there. */
  readonly pingMs?: number;
  /** Told of each connection that stands, was lost, or failed. */
  readonly onChange?: (state: "connected" | "lost", detail: string) => void;
}

/** Starting a server may take it some time: a package may have to be fetched first. */
const CONNECT_MS = 60_000;
const PING_MS = 3_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A connection that stood so long was a good one: the next pause is the first again. */
const STEADY_MS = 5_000;

/**
 * One MCP server, kept connected: begun again, after a pause that grows, whenever its connection
 * ends. A call that was under way then has failed, and is not repeated.
 */
export class Downstream {
  readonly name: string;
  readonly #options: DownstreamOptions;
  readonly #closing = new AbortController();
  readonly #kept: Promise<void>;
  /** What comes of the present try: a session, or null. */
  #next: PromiseWithResolvers<Session | null> = Promise.withResolvers();
  #session: Session | null = null;
  /** Definitions that were asked for by their digest, and seen. */
  readonly #seen = new Map<string, Readonly<Record<string, unknown>>>();

  constructor(options: DownstreamOptions) {
    this.name = options.name;
    this.#options = options;
    this.#kept = this.#keep();
  }

  /**
   * Who carries out the calls of one tool. Its result is what the tool answered: `{content,
   * structuredContent?, isError?}`.
   */
  adapter(pin: ToolPin): Adapter {
    const { name, deadlineMs, maxResultBytes } = this.#options;
    const run = (action: Action, signal: AbortSignal): Promise<ToolResult> =>
      this.#call(pin, argumentsIn(action.input), signal);
    return { name, deadlineMs, maxResultBytes, run };
  }

  /**
   * The definition that a pin names, as the server told it before or tells it now; undefined where it
   * never had this one. Waits for a connection that is being made, at most so many milliseconds.
   */
  async definition(
    { name, sha256 }: ToolPin,
    patienceMs: number,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const before = this.#seen.get(sha256);
    if (before !== undefined) return before;
    const patience = AbortSignal.timeout(patienceMs);
    const live = await within(patience, this.#definitions()).catch(() => undefined);
    const found = live?.get(name);
    if (found?.sha256 === sha256) this.#seen.set(sha256, found.told);
    return this.#seen.get(sha256);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#session?.close();
    await this.#kept;
  }

  async #definitions(): ReturnType<Session["definitions"]> {
    return (await this.#connected()).definitions();
  }

  async #call(
    pin: ToolPin,
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    try {
      const session = await within(signal, this.#connected());
      // Past the deadline nobody listens any more; the SDK's own timer only clears what it holds.
      return await session.call(pin, args, signal, this.#options.deadlineMs + 1_000);
    } catch (error) {
      if (error instanceof DownstreamFailed) throw error;
      throw new DownstreamFailed("NOT_CONNECTED", ownWords(error));
    }
  }

  async #connected(): Promise<Session> {
    const session = this.#session ?? (await this.#next.promise);
    if (session !== null) return session;
    throw new DownstreamFailed("NOT_CONNECTED", `the server ${this.name} cannot be reached`);
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    let pause = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const began = performance.now();
      await this.#connectOnce();
      if (performance.now() - began > STEADY_MS) pause = FIRST_PAUSE_MS;
      await sleep(pause, undefined, { signal }).catch(() => {});
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    this.#next.resolve(null);
  }

  /** One connection, to its end. Never rejects. */
  async #connectOnce(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const client = await connectClient(this.#options.open, CONNECT_MS, signal);
      const session = new Session(client, this.#options.pingMs ?? PING_MS);
      await session.definitions();
      if (signal.aborted) return void (await session.close());
      this.#session = session;
      this.#next.resolve(session);
      this.#tell("connected", "");
      await session.ended;
      if (!signal.aborted) this.#tell("lost", "the connection ended");
    } catch (error) {
      if (!signal.aborted) this.#tell("lost", ownWords(error));
    } finally {
      this.#session = null;
      this.#next.resolve(null);
      this.#next = Promise.withResolvers();
    }
  }

  #tell(state: "connected" | "lost", detail: string): void {
    this.#options.onChange?.(state, detail);
  }
}

/** What a call hands to the tool: `input.arguments`, and there may be nothing beside it. */
function argumentsIn(input: unknown): Readonly<Record<string, unknown>> {
  if (typeof input === "object" && input !== null) {
    const { arguments: args, ...others } = input as Readonly<Record<string, unknown>>;
    const isAlone = Object.keys(others).length === 0;
    if (isAlone && (args === undefined || args === null)) return {};
    if (isAlone && typeof args === "object" && !Array.isArray(args)) return { ...args };
  }
  throw new DownstreamFailed(
    "NOT_ARGUMENTS",
    'the input of a tool\'s category is {"arguments": {…}} and nothing else',
  );
}

function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
