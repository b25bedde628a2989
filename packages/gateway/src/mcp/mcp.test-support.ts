import { type Duplex, duplexPair } from "node:stream";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeEvent, type Event } from "@writ/contract/event";
import type { Action, Adapter } from "@writ/enforce/adapter";
import { loadBundle } from "@writ/engine/bundle";
import { arm, type Engine } from "@writ/engine/engine";
import { type Served, serve } from "../gateway.test-support.ts";
import type { GatewayLimits } from "../limits.ts";
import type { GatewayOptions } from "../server.ts";
import type { OfferedTool, ToolBook } from "./agents-door.ts";
import { openAgentsDoor } from "./door.ts";

const POLICY = `writ: 1
name: notes
$defs:
  note:
    type: object
    additionalProperties: false
    required: [arguments]
    properties:
      arguments:
        type: object
        additionalProperties: false
        required: [text]
        properties: { text: { type: string }, n: { type: number } }
      host:
        type: object
        additionalProperties: false
        properties: { caller: { type: string } }
categories:
  note: { action_type: note, input: { $ref: "#/$defs/note" } }
  never:
    action_type: never
    always: BLOCK
    reason: NEVER
    input: { $ref: "#/$defs/note" }
constraints:
  - name: notes
    evaluators:
      - name: says_secret
        categories: [note]
        when: input.arguments.text == "secret"
        then: BLOCK
        reason: SECRET
      - name: is_loud
        categories: [note]
        when: input.arguments.text == "loud"
        then: REWRITE
        rewrite_class: LOWER_VOICE
        reason: LOUD
      - name: is_eve
        categories: [note]
        when: input.host != null && input.host.caller == "eve"
        then: BLOCK
        reason: EVE
canaries:
  note:
    block: [{ arguments: { text: secret } }]
    execute: [{ arguments: { text: hello } }]
`;

function armed(): Engine {
  const loaded = loadBundle([{ path: "notes.yaml", text: POLICY }]);
  if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
  return arm(loaded.bundle);
}

const ENGINE = armed();

const DEFINITION = {
  name: "note",
  description: "Keeps a note.",
  inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  execution: { taskSupport: "optional" },
};

export const OFFERED: readonly OfferedTool[] = [
  { name: "desk__note", category: "note", definition: DEFINITION },
  { name: "desk__never", category: "never", definition: { ...DEFINITION, name: "never" } },
];

const BOOK: ToolBook = {
  offered: async () => OFFERED,
  categoryOf: (name) => OFFERED.find((each) => each.name === name)?.category,
};

export interface Desk extends Served {
  /** What the adapter was given, in order. */
  readonly actions: Action[];
  readonly events: () => readonly Event[];
  readonly url: string;
  /** Lets the adapter go on with what says "held". */
  letGo(): void;
  /** An agent's end of a stream, as the caller of this name. */
  stream(caller?: string | null): Duplex;
}

/** A gateway with two tools; the adapter answers with the text it was given, in capitals. */
export async function desk(
  t: TestContext,
  limits: Partial<GatewayLimits> = {},
  options: GatewayOptions = {},
  maxInFlight = 64,
): Promise<Desk> {
  const actions: Action[] = [];
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const adapter: Adapter = {
    name: "desk",
    deadlineMs: 15_000,
    maxResultBytes: 10_000,
    async run(action) {
      actions.push(action);
      const { text } = (action.input as { arguments: { text: string } }).arguments;
      if (text.startsWith("slow")) await sleep(100);
      if (text.startsWith("held")) await held;
      if (text === "throw") throw new Error("the desk is closed");
      return { content: [{ type: "text", text: text.toUpperCase() }] };
    },
  };
  const served = await serve(
    t,
    limits,
    { engine: ENGINE, adapters: new Map([["note", adapter]]), maxInFlight },
    { agents: openAgentsDoor(BOOK, "coder"), ...options },
  );
  return {
    ...served,
    actions,
    letGo,
    events: () => served.log.entries.map((entry) => decodeEvent(entry)),
    url: `http://127.0.0.1:${served.port}/mcp`,
    stream(caller = "coder") {
      const [near, far] = duplexPair();
      served.gateway.converse(far, caller);
      t.after(() => near.destroy());
      return near;
    },
  };
}

export interface Posted {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One POST of a message, or of these very bytes. */
export async function post(
  url: string,
  message: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Posted> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: typeof message === "string" ? message : JSON.stringify(message),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

/** A message that calls a tool. */
export function calling(text: unknown, name = "desk__note", id: unknown = 1): object {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: { text } } };
}

/** The text of a result, without what differs between attempts. */
export function withoutIds(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{64}/g, "TRACE")
    .replaceAll(/[0-9a-f]{16}\.[0-9]+\.[0-9]+/g, "DECISION");
}
