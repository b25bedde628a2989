import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Caller } from "../callers.ts";
import type { House } from "../house.ts";
import type { RefusalCause } from "../refusal.ts";

/**
 * Where agents come in by MCP. What implements it is loaded by whoever wants the door: the protocol's
 * code is large, and a gateway without agents does without.
 */
export interface AgentsDoor {
  /** One POST of streamable HTTP. Returns why it came to no answer of the protocol's, if it did not. */
  answerPost(
    house: House,
    caller: Caller,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<RefusalCause | undefined>;
  /** One agent on a stream, a message a line; over when all that came is answered, or it is gone. */
  converse(house: House, caller: Caller, stream: Duplex): Talk;
}

/** An agent's conversation. */
export interface Talk {
  readonly ended: Promise<void>;
  /** Takes no further message; what is under way is answered. */
  stop(): void;
  /** Ends it, answered or not. */
  hangUp(): void;
}

/** A tool as its server told it, and as the policy knows it. */
export interface OfferedTool {
  /** What agents call it. */
  readonly name: string;
  readonly category: string;
  /** The definition that the policy was written for, without what is for show. */
  readonly definition: Readonly<Record<string, unknown>>;
}

/** The tools that agents can be offered; which they are changes with policy and servers. */
export interface ToolBook {
  /** All that can be called now; a server that is away for long is not waited for. */
  offered(): Promise<readonly OfferedTool[]>;
  /** The category that judges the calls of a tool, by the name that agents use. */
  categoryOf(name: string): string | undefined;
}
