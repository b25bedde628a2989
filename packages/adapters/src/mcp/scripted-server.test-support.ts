import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

type Message = Readonly<Record<string, unknown>>;
type Answer = Message | "nothing";

const INITIALIZED = {
  protocolVersion: "2025-06-18",
  capabilities: { tools: { listChanged: true } },
  serverInfo: { name: "Scripted", version: "1" },
};

/** What each of its tools does when it is called. */
const DEEDS: Readonly<Record<string, (server: ScriptedServer, args: Message) => Answer>> = {
  echo: (_server, args) => text(JSON.stringify(args)),
  fail: () => ({ ...text("the tool itself says no"), isError: true }),
  rich: () => ({ ...text("7"), structuredContent: { n: 7 }, _meta: { hidden: true } }),
  odd: () => ({ content: "not a list" }),
  hang: (server) => {
    server.isHanging = true;
    return "nothing";
  },
  late: () => "nothing",
  die: (server) => {
    server.end();
    return "nothing";
  },
  /** Another definition of echo from now on, which it tells of, or not. */
  change: (server, { quietly }) => {
    server.suffix = " changed";
    if (quietly !== true) server.send({ method: "notifications/tools/list_changed" });
    return text("changed");
  },
  flood: (server) => {
    // In one piece: what comes slowly is no flood.
    const one = { jsonrpc: "2.0", method: "notifications/message", params: {} };
    server.output.write(`${JSON.stringify(one)}\n`.repeat(10_000));
    return "nothing";
  },
  endless: (server) => {
    server.output.write("x".repeat(8_000_000));
    return "nothing";
  },
  large: () => text("x".repeat(100_000)),
  /** Asks for all that a client could offer, and tells with the next call what came of it. */
  ask: (server) => {
    for (const method of ["sampling/createMessage", "elicitation/create", "roots/list", "ping"]) {
      server.send({ id: method, method, params: { messages: [], maxTokens: 1, message: "?" } });
    }
    return text("asked");
  },
  told: (server) => text(JSON.stringify(server.heard)),
};

function text(words: string): Message {
  return { content: [{ type: "text", text: words }] };
}

/** An MCP server that does on purpose what servers do by accident. */
export class ScriptedServer {
  readonly heard: Message[] = [];
  readonly output: Writable;
  readonly #input: Readable;
  suffix = "";
  isHanging = false;
  /** Its tools have changed again whenever it is asked for them. */
  isRestless = false;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.output = output;
    output.on("error", () => {});
    createInterface({ input }).on("line", (line) => this.#hear(JSON.parse(line)));
  }

  get tools(): readonly Message[] {
    return Object.keys(DEEDS).map((name) => ({
      name,
      description: `${name}${name === "echo" ? this.suffix : ""}`,
      inputSchema: { type: "object" },
      _meta: { shown: this.suffix },
    }));
  }

  send(message: Message): void {
    this.output.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  end(): void {
    this.output.end();
    this.#input.destroy();
  }

  #hear(message: Message): void {
    this.heard.push(message);
    const { id, method, params } = message as { id: unknown; method: string; params: Message };
    if (id === undefined || method === undefined || this.isHanging) return;
    const answer = this.#answer(method, params ?? {});
    if (answer !== "nothing") this.send({ id, result: answer });
  }

  #answer(method: string, params: Message): Answer {
    if (method === "initialize") return INITIALIZED;
    if (method === "tools/list") {
      if (this.isRestless) this.send({ method: "notifications/tools/list_changed" });
      return { tools: this.tools };
    }
    if (method === "ping") return {};
    const deed = DEEDS[String(params.name)];
    return deed === undefined ? "nothing" : deed(this, (params.arguments ?? {}) as Message);
  }
}

// As a program, over its standard input and output.
if (process.argv[1] === import.meta.filename) new ScriptedServer(process.stdin, process.stdout);
