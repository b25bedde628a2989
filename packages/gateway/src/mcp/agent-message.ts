import { bareInput, type Received } from "@writ/contract/envelope";
import { canonicalJson } from "@writ/contract/jcs";
import { type Json, JsonObject } from "@writ/contract/json";
import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";

/** A JSON-RPC message, as the SDK reads it. */
export type Message = Readonly<Record<string, unknown>>;

/** What an agent sent: a message, or why it is none. */
export type AgentMessage =
  | { readonly kind: "call"; readonly message: Message; readonly call: ToolCall }
  | { readonly kind: "other"; readonly message: Message }
  | { readonly kind: "none"; readonly code: -32700 | -32600; readonly why: string };

/** A call of a tool: of all that the agent said, its name and its arguments. */
export interface ToolCall {
  /** What is to be judged, once the category of the tool's name is known; undefined for no name. */
  received(categoryOf: (name: string) => string | undefined): Received;
}

const UNRECOGNIZED = "unrecognized";
/** An input may nest 64 deep, and arguments stand one deeper in a message than in an input. */
const DEPTH = 65;
/** Canonical numbers can be longer than those that came: `1e20` has 21 digits. */
const SURELY_SMALL = 131_072;

/**
 * Reads one message. The arguments of a call are read by the strict reader, once, and never by the
 * SDK, which is given the message without them: what is judged and what runs is one value.
 */
export function readMessage(bytes: Uint8Array): AgentMessage {
  let message: unknown;
  try {
    message = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return { kind: "none", code: -32700, why: "Parse error: not JSON" };
  }
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    return { kind: "none", code: -32600, why: "Invalid Request: send one message at a time" };
  }
  if (!("method" in message && message.method === "tools/call" && "id" in message)) {
    return { kind: "other", message: message as Message };
  }
  return { kind: "call", message: withoutArguments(message), call: callIn(bytes) };
}

/** What the protocol needs of a call. Neither a task nor a token for progress is taken up. */
function withoutArguments(message: object): Message {
  const { id, params } = message as { readonly id: unknown; readonly params?: unknown };
  const { name, _meta } = isMembers(params) ? params : {};
  return {
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: {
      name: typeof name === "string" ? name : "",
      arguments: {},
      // Of another form it says nothing, and is no reason to leave the call unrecorded.
      ...(isMembers(_meta) ? { _meta } : {}),
    },
  };
}

function isMembers(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function callIn(bytes: Uint8Array): ToolCall {
  const params = paramsIn(bytes);
  // Not strict JSON: as with an envelope, only the bytes say what it was.
  if (params === undefined) return { received: () => bareInput(bytes, UNRECOGNIZED) };
  const name = params instanceof JsonObject ? params.get("name") : undefined;
  const args = params instanceof JsonObject ? params.get("arguments") : undefined;
  const input = new JsonObject(["arguments"], [args ?? new JsonObject([], [])]);
  const small = bytes.length <= SURELY_SMALL;
  return {
    received(categoryOf) {
      const category = (typeof name === "string" ? categoryOf(name) : undefined) ?? UNRECOGNIZED;
      return small ? { category, input } : bareInput(Buffer.from(canonicalJson(input)), category);
    },
  };
}

/** The member `params` of a strict message; undefined where it is not strict. */
function paramsIn(bytes: Uint8Array): Json | undefined {
  try {
    const root = parseStrictJson(bytes, { depth: DEPTH, bytes: Number.MAX_SAFE_INTEGER });
    return (root instanceof JsonObject ? root.get("params") : undefined) ?? null;
  } catch (error) {
    if (error instanceof NotStrictJson) return undefined;
    throw error;
  }
}
