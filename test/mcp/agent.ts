import assert from "node:assert/strict";

/** What came back for one message. */
export interface Reply {
  readonly status: number;
  /** The tool's result, if it is one; undefined for an error of the protocol or of HTTP. */
  readonly result: ToolResult | undefined;
  readonly text: string;
}

export interface ToolResult {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

/** What Writ says in the place of a tool's result. */
export interface Refused {
  readonly decision: string;
  readonly trace_id: string;
  readonly enforcement_decision_id: string;
  readonly status: string;
  readonly rewrite_class?: string;
}

/**
 * An agent that writes its own messages, so that none is tidied up on the way. It counts the results
 * that it gets: each of them is an attempt, and each attempt is one event.
 */
export class RawAgent {
  readonly #url: string;
  readonly #key: string | undefined;
  results = 0;
  /** Decision ids of what was not executed, in the order of the answers. */
  readonly refused: Refused[] = [];

  constructor(gateway: string, key?: string) {
    this.#url = `${gateway}/mcp`;
    this.#key = key;
  }

  call(name: string, args: unknown): Promise<Reply> {
    return this.send({ method: "tools/call", params: { name, arguments: args } });
  }

  send(message: object): Promise<Reply> {
    return this.post(JSON.stringify({ jsonrpc: "2.0", id: 1, ...message }));
  }

  async post(body: string): Promise<Reply> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2025-06-18",
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
      },
      body,
    });
    const text = await response.text();
    const result = resultIn(text);
    if (result !== undefined) this.#count(result);
    return { status: response.status, result, text };
  }

  #count(result: ToolResult): void {
    this.results += 1;
    const refused = refusedBy(result);
    if (refused !== undefined) this.refused.push(refused);
  }
}

/** A stream of one event, or JSON. */
function resultIn(text: string): ToolResult | undefined {
  const data = /^data: (.+)$/m.exec(text)?.[1] ?? text;
  if (!data.startsWith("{")) return undefined;
  const { result } = JSON.parse(data) as { result?: ToolResult };
  return Array.isArray(result?.content) ? result : undefined;
}

/** What Writ says, if it is Writ that answers; its form is one, whatever the cause. */
export function refusedBy(result: ToolResult): Refused | undefined {
  const [first] = result.content;
  if (result.isError !== true || !first?.text?.startsWith('{"decision":')) return undefined;
  const refused = JSON.parse(first.text) as Refused;
  const { decision } = refused;
  const members = ["decision", "trace_id", "enforcement_decision_id", "status"];
  if (decision === "REWRITE") members.push("rewrite_class");
  assert.deepEqual(Object.keys(refused), members);
  assert.deepEqual(Object.keys(result).sort(), ["content", "isError"]);
  assert.equal(result.content.length, 1);
  assert.match(decision, /^(BLOCK|REWRITE)$/);
  assert.equal(refused.status, "failed");
  assert.match(refused.trace_id, /^[0-9a-f]{64}$/);
  return refused;
}
