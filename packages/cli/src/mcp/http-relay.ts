import type { Readable, Writable } from "node:stream";
import { linesOf } from "../jsonl.ts";

export interface HttpRelayOptions {
  /** Of a gateway's /mcp. */
  readonly url: string;
  /** Value of the header `authorization`; null where none is sent. */
  readonly authorization: string | null;
}

type Message = Readonly<Record<string, unknown>>;

/** Requests of this agent under way at once; further ones wait unread. */
const AT_ONCE = 64;
const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
/** Methods that name one thing, and where (MCP 2026-07-28, header `Mcp-Name`). */
const NAMED: ReadonlyMap<unknown, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);
const REFUSED = { decision: "BLOCK", status: "failed" };

/**
 * Carries an agent's standard input to a gateway over HTTP, each line one POST of its very bytes, and
 * the answers back. Returns the exit code, once what was asked is answered.
 */
export async function relayHttp(
  options: HttpRelayOptions,
  input: Readable,
  output: Writable,
): Promise<number> {
  const carrier = new Carrier(options, output);
  const underWay = new Set<Promise<void>>();
  const leave = (): void => {
    input.destroy();
  };
  process.once("SIGINT", leave).once("SIGTERM", leave);
  try {
    // By LF alone and as bytes: a JSON text may hold what other readers of lines take for an end.
    for await (const line of linesOf(input as AsyncIterable<Buffer>)) {
      if (line.length === 0) continue;
      const carried = carrier.carry(line).finally(() => underWay.delete(carried));
      underWay.add(carried);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    }
  } catch {
    // The agent has gone without an end, or is left: what was asked is still answered.
  }
  process.off("SIGINT", leave).off("SIGTERM", leave);
  await Promise.all(underWay);
  return 0;
}

class Carrier {
  readonly #options: HttpRelayOptions;
  readonly #output: Writable;
  /** As agreed by `initialize`; later revisions say theirs in each message. */
  #version: string | undefined;

  constructor(options: HttpRelayOptions, output: Writable) {
    this.#options = options;
    this.#output = output;
  }

  /** Never rejects: what comes to no answer is one of our own. */
  async carry(line: Uint8Array): Promise<void> {
    const message = messageIn(Buffer.from(line).toString("utf8"));
    const id = message?.id;
    try {
      const response = await fetch(this.#options.url, {
        method: "POST",
        redirect: "error",
        headers: this.#headersOf(message ?? {}),
        body: Buffer.from(line),
      });
      this.#take(message, response, await response.text());
    } catch {
      this.#refuse(id, "the gateway cannot be reached");
    }
  }

  #headersOf({ method, params }: Message): Record<string, string> {
    const { authorization } = this.#options;
    const said = membersOf(membersOf(params)._meta)[VERSION_KEY];
    const version = typeof said === "string" ? said : this.#version;
    const name = membersOf(params)[NAMED.get(method) ?? ""];
    return {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(authorization === null ? {} : { authorization }),
      ...(version === undefined ? {} : { "mcp-protocol-version": headerValue(version) }),
      ...(typeof said === "string" ? { "mcp-method": headerValue(String(method)) } : {}),
      ...(typeof said === "string" && typeof name === "string"
        ? { "mcp-name": headerValue(name) }
        : {}),
    };
  }

  #take(message: Message | undefined, response: Response, text: string): void {
    const type = response.headers.get("content-type") ?? "";
    if (type.startsWith("text/event-stream")) {
      for (const [, data] of text.matchAll(/^data: ?(.+)$/gm)) this.#say(data ?? "");
      return;
    }
    const answer = messageIn(text);
    if (answer?.jsonrpc === "2.0") {
      if (message?.method === "initialize") this.#agree(answer);
      // Whoever asked waits for the id that was asked under.
      const isNobodys = answer.id === null && message?.id !== undefined;
      this.#say(isNobodys ? JSON.stringify({ ...answer, id: message.id }) : text);
    } else {
      this.#refuse(message?.id, whyNot(response));
    }
  }

  #agree({ result }: Message): void {
    const { protocolVersion } = membersOf(result);
    if (typeof protocolVersion === "string") this.#version = protocolVersion;
  }

  #refuse(id: unknown, message: string): void {
    if (id === undefined) return;
    const error = { code: -32_000, message, data: REFUSED };
    this.#say(JSON.stringify({ jsonrpc: "2.0", id, error }));
  }

  /** A line break outside of a JSON text's strings is white space, and inside there is none. */
  #say(json: string): void {
    this.#output.write(`${json.replace(/[\r\n]+/g, " ").trim()}\n`);
  }
}

function whyNot({ ok, status }: Response): string {
  return ok ? "the gateway's answer is none" : `refused: no attempt was made (${status})`;
}

function messageIn(text: string): Message | undefined {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Message {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Message)
    : {};
}

/** What a header cannot hold goes as the protocol writes it there. */
function headerValue(text: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith("=?")) return text;
  return `=?base64?${Buffer.from(text, "utf8").toString("base64")}?=`;
}
