import { ProtocolError, Server, type Tool } from "@modelcontextprotocol/server";
import { attemptAt } from "../attempt-of.ts";
import type { Caller } from "../callers.ts";
import { type House, tellFault } from "../house.ts";
import { REFUSAL_TEXT, type RefusalCause } from "../refusal.ts";
import type { ToolCall } from "./agent-message.ts";
import type { ToolBook } from "./agents-door.ts";
import { callResult } from "./call-result.ts";

/** What one conversation, or one request, has to do with. */
export interface Visit {
  readonly house: House;
  readonly caller: Caller;
  readonly book: ToolBook;
  /** The call that bears this JSON-RPC id, taken out. */
  take(id: string | number): ToolCall | undefined;
  /** Told why a call was refused before it became an attempt. */
  refused(cause: RefusalCause): void;
}

const IDENTITY = { name: "writ", version: "0.1.0" };

/** Members of a definition that would promise what is not passed on. */
const NOT_OFFERED: ReadonlySet<string> = new Set(["name", "execution"]);

/** Nothing here asks an agent for anything, so nothing of its answers is ever validated. */
const NO_VALIDATOR = {
  getValidator(): never {
    throw new TypeError("agents are asked for nothing");
  },
};

/** Implementation-defined server error (JSON-RPC 2.0 §5.1). */
const REFUSED = -32_000;

/** The protocol's server for one visit: tools, and nothing else of MCP. */
export function protocolServer(visit: Visit): Server {
  const server = new Server(IDENTITY, {
    capabilities: { tools: {} },
    jsonSchemaValidator: NO_VALIDATOR,
  });
  server.setRequestHandler("tools/list", async () => ({ tools: await toolsFor(visit) }));
  server.setRequestHandler("tools/call", async (_request, { mcpReq }) => {
    const call = visit.take(mcpReq.id);
    if (call === undefined) throw new ProtocolError(-32_600, "Invalid Request");
    return callResult(await carriedOut(visit, call));
  });
  return server;
}

async function toolsFor({ book, caller }: Visit): Promise<Tool[]> {
  const offered = await book.offered();
  return offered
    .filter(({ category }) => caller.mayUse(category))
    .map(({ name, definition }) => ({ ...promised(definition), name }) as unknown as Tool);
}

function promised(definition: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(definition).filter(([key]) => !NOT_OFFERED.has(key)));
}

/** Every call is an attempt, but one that is refused before it can be; that one leaves no trace. */
async function carriedOut(
  { house, caller, book, refused }: Visit,
  call: ToolCall,
): Promise<Awaited<Exclude<ReturnType<typeof attemptAt>, string>>> {
  const attempt = begun(house, caller, call, book);
  if (typeof attempt !== "string") return await attempt;
  refused(attempt);
  throw new ProtocolError(REFUSED, "refused: no attempt was made", JSON.parse(REFUSAL_TEXT));
}

function begun(
  house: House,
  caller: Caller,
  call: ToolCall,
  book: ToolBook,
): ReturnType<typeof attemptAt> {
  if (house.isClosing) return "CLOSING";
  if (!house.callers.admits(caller)) return "UNAUTHENTICATED";
  if (!caller.spend()) return "RATE";
  try {
    const received = call.received((name) => book.categoryOf(name));
    return attemptAt(house, "execute", caller, received);
  } catch (error) {
    tellFault(house, error);
    return "FAULT";
  }
}
