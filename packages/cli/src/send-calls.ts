import { describe, OperatorError } from "./operator-error.ts";
import type { Progress } from "./progress.ts";

/** What came back for one line that was sent. */
export interface Sent {
  /** Undefined where the gateway refused before an attempt began. */
  readonly decisionId: string | undefined;
  readonly decision: string;
}

const atOnce = 32;

/** Puts each line to the gateway as a body of its own, several at a time; results keep the order. */
export async function sendCalls(
  gatewayUrl: string,
  lines: readonly Uint8Array[],
  progress: Progress,
): Promise<readonly Sent[]> {
  const results = new Array<Sent>(lines.length);
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let at = next++; at < lines.length; at = next++) {
      results[at] = await send(gatewayUrl, lines[at] ?? new Uint8Array());
      progress.add();
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, lines.length) }, sender));
  progress.end();
  return results;
}

async function send(gatewayUrl: string, line: Uint8Array): Promise<Sent> {
  const answer = await ask(`${gatewayUrl}/v1/enforce`, line);
  const id = answer.enforcement_decision_id;
  return {
    decisionId: typeof id === "string" ? id : undefined,
    decision: String(answer.decision),
  };
}

async function ask(url: string, line: Uint8Array): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: Buffer.from(line),
    });
    return (await response.json()) as Record<string, unknown>;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new OperatorError(`the gateway stopped answering: ${describe(cause)}`);
  }
}
