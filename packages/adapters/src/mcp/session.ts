import { type Client, SdkHttpError } from "@modelcontextprotocol/client";
import { listDefinitions } from "./list-definitions.ts";
import { ownWords } from "./own-words.ts";
import type { ToolDefinition } from "./tool-definition.ts";

/** A tool as a policy was written for it. */
export interface ToolPin {
  readonly name: string;
  /** Of its definition (SPEC: tool definitions). */
  readonly sha256: string;
}

/** Why a call counts as failed. But for `CALL_FAILED`, the server was not asked. */
export class DownstreamFailed extends Error {
  override readonly name = "DownstreamFailed";
  readonly code:
    | "NOT_CONNECTED"
    | "NOT_ARGUMENTS"
    | "TOOL_MISSING"
    | "DEFINITION_CHANGED"
    | "CALL_FAILED";

  constructor(code: DownstreamFailed["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const LIST_MS = 30_000;
/** A server tells of a change if it likes; after this time it is asked. */
const FRESH_MS = 30_000;
/** How often tools may change while they are read. */
const MOST_ROUNDS = 5;

/** What a tool answered, as it came; what a server says about the message itself is left out. */
export interface ToolResult {
  readonly content: readonly unknown[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

/** One connection to a server, from its handshake to its end. */
export class Session {
  readonly #client: Client;
  readonly #pingMs: number;
  readonly ended: Promise<void>;
  #definitions: ReadonlyMap<string, ToolDefinition> = new Map();
  #listedAt = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | null = null;
  #doubt: Promise<void> | null = null;

  /** @param pingMs within which a server that let a call wait too long must say that it is there */
  constructor(client: Client, pingMs: number) {
    this.#client = client;
    this.#pingMs = pingMs;
    this.ended = new Promise((resolve) => {
      client.onclose = () => resolve();
    });
    client.setNotificationHandler("notifications/tools/list_changed", () => {
      this.#listedAt = Number.NEGATIVE_INFINITY;
    });
  }

  /** The tools that the server has now. A server whose tools cannot be read is hung up on. */
  async definitions(): Promise<ReadonlyMap<string, ToolDefinition>> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      // A list that is being read may tell of a change, so whoever comes meanwhile waits for it too.
      const isFresh = this.#listing === null && performance.now() - this.#listedAt <= FRESH_MS;
      if (isFresh) return this.#definitions;
      this.#listing ??= this.#list().finally(() => {
        this.#listing = null;
      });
      await this.#listing;
    }
    throw new DownstreamFailed("DEFINITION_CHANGED", "the server's tools do not come to rest");
  }

  async #list(): Promise<void> {
    // From before asking: a change that is told of meanwhile makes this list an old one.
    this.#listedAt = performance.now();
    try {
      this.#definitions = await listDefinitions(this.#client, LIST_MS);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * Calls a tool once, if it is still the one that the policy was written for. Rejects with
   * DownstreamFailed; the server may have acted all the same if the code is `CALL_FAILED`.
   */
  async call(
    pin: ToolPin,
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    timeout: number,
  ): Promise<ToolResult> {
    if (this.#doubt !== null) await this.#doubt;
    requirePinned(await this.definitions(), pin);
    signal.throwIfAborted();
    const params = { name: pin.name, arguments: { ...args } };
    try {
      const result = await this.#client.request(
        { method: "tools/call", params },
        { signal, timeout },
      );
      return resultOf(result);
    } catch (error) {
      if (signal.aborted) this.#doubtIt();
      else if (isLost(error)) await this.close();
      throw new DownstreamFailed("CALL_FAILED", ownWords(error));
    }
  }

  async close(): Promise<void> {
    await this.#client.close().catch(() => {});
  }

  /** Who let a call wait too long is asked for a sign of life; calls wait for it, or its end. */
  #doubtIt(): void {
    this.#doubt ??= this.#client
      .ping({ timeout: this.#pingMs })
      .then(
        () => {},
        () => this.close(),
      )
      .finally(() => {
        this.#doubt = null;
      });
  }
}

/**
 * Whether there is nobody at the other end, or nobody who knows of this session any more: over HTTP
 * no connection ends to tell it.
 */
function isLost(error: unknown): boolean {
  if (error instanceof SdkHttpError) return error.status >= 400 && error.status <= 404;
  return error instanceof TypeError;
}

function requirePinned(live: ReadonlyMap<string, ToolDefinition>, { name, sha256 }: ToolPin): void {
  const found = live.get(name);
  if (found === undefined) {
    throw new DownstreamFailed("TOOL_MISSING", `the server has no tool ${name} any more`);
  }
  if (found.sha256 === sha256) return;
  throw new DownstreamFailed(
    "DEFINITION_CHANGED",
    `the server's tool ${name} is not the one that the policy was written for: its definition has ${found.sha256}`,
  );
}

function resultOf({
  content,
  structuredContent,
  isError,
}: {
  readonly content: readonly unknown[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean | undefined;
}): ToolResult {
  return {
    content,
    ...(structuredContent === undefined ? {} : { structuredContent }),
    ...(isError === undefined ? {} : { isError }),
  };
}
