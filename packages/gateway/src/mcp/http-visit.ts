import type { IncomingMessage, ServerResponse } from "node:http";
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { readBody } from "../body.ts";
import type { Caller } from "../callers.ts";
import { HeldBytes } from "../held-bytes.ts";
import type { House } from "../house.ts";
import { maxBodyBytes } from "../limits.ts";
import type { RefusalCause } from "../refusal.ts";
import { goAhead, sentWithin } from "../single.ts";
import { type Message, readMessage, type ToolCall } from "./agent-message.ts";
import type { ToolBook } from "./agents-door.ts";
import { protocolServer, type Visit } from "./protocol-server.ts";

/** Headers of the protocol; nothing else of a request's head reaches it. */
const HEADERS = ["accept", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name"];

/** What an answer of the protocol's is written with. */
interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** One POST: one message in, its answer out. There are no sessions, and no streams. */
export async function answerPost(
  book: ToolBook,
  house: House,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RefusalCause | undefined> {
  if (Number(request.headers["content-length"]) > maxBodyBytes) return "TOO_LARGE";
  goAhead(request, response);
  const held = new HeldBytes(maxBodyBytes, house.budget);
  try {
    const end = await readBody(request, held, house.deadlines, house.limits.requestMs);
    if (end === "gone") return undefined;
    if (end !== "whole") return end;
    if (house.isClosing) return "CLOSING";
    const answer = await answerTo(held.bytes, { book, house, caller }, request);
    if (typeof answer === "string") return answer;
    send(house, response, answer);
    return undefined;
  } finally {
    held.release();
  }
}

async function answerTo(
  bytes: Uint8Array,
  parts: Pick<Visit, "book" | "house" | "caller">,
  { headers }: IncomingMessage,
): Promise<Answer | RefusalCause> {
  const read = readMessage(bytes);
  if (read.kind === "none") return protocolError(read.code, read.why);
  let call: ToolCall | undefined = read.kind === "call" ? read.call : undefined;
  let refusal: RefusalCause | undefined;
  const visit: Visit = {
    ...parts,
    take() {
      const taken = call;
      call = undefined;
      return taken;
    },
    refused(cause) {
      refusal = cause;
    },
  };
  const head = HEADERS.flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === "string" ? [[name, value]] : [];
  });
  const request = new Request("http://gateway/mcp", { method: "POST", headers: head });
  const response = await served(visit, request, read.message);
  const text = await response.text();
  return refusal ?? { status: response.status, type: response.headers.get("content-type"), text };
}

/** By the revision that the message speaks; each has a server of its own for this one message. */
async function served(visit: Visit, request: Request, message: Message): Promise<Response> {
  if (await isLegacyRequest(request, message)) return servedByInitialize(visit, request, message);
  const handler = createMcpHandler(() => protocolServer(visit), {
    legacy: "reject",
    maxSubscriptions: 0,
  });
  return handler.fetch(request, { parsedBody: message });
}

/** Revisions up to 2025-11-25, without a session: whatever was agreed, these tools are the same. */
async function servedByInitialize(
  visit: Visit,
  request: Request,
  message: Message,
): Promise<Response> {
  const server = protocolServer(visit);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    return await transport.handleRequest(request, { parsedBody: message });
  } finally {
    await server.close();
  }
}

function protocolError(code: number, message: string): Answer {
  const text = JSON.stringify({ jsonrpc: "2.0", error: { code, message }, id: null });
  return { status: 400, type: "application/json", text };
}

function send(house: House, response: ServerResponse, { status, type, text }: Answer): void {
  if (response.destroyed || response.headersSent) return;
  if (house.isClosing) response.shouldKeepAlive = false;
  const length = `${Buffer.byteLength(text)}`;
  const headers = ["content-length", length, "cache-control", "no-store"];
  response.writeHead(status, type === null ? headers : ["content-type", type, ...headers]);
  response.end(text);
  sentWithin(house, response);
}
