import { describe, isForOperator } from "../operator-error.ts";

/** What a process of `writ serve` tells the one that started it. */
export type ChildMessage =
  | { readonly kind: "ready"; readonly port?: number; readonly stopMs?: number }
  | { readonly kind: "failed"; readonly line: string }
  | { readonly kind: "note"; readonly line: string };

export interface Running {
  /** The port it listens on, if it does. */
  readonly port?: number;
  /** Milliseconds that `stop` may take, if more than a moment. */
  readonly stopMs?: number;
  /** Ends what is under way and gives everything back. */
  stop(): Promise<void>;
}

/** Reports to the parent, or to the operator where there is none. */
export function tell(message: ChildMessage): void {
  if (process.send !== undefined && process.connected) process.send(message);
  else if (message.kind !== "ready") process.stderr.write(`writ: ${message.line}\n`);
}

/**
 * Runs one process until it is told to stop: by TERM, by INT where no parent handles the terminal,
 * or by the parent's death, so that none is ever left behind.
 */
export async function runChild(start: () => Promise<Running>): Promise<number> {
  const told = toldToStop();
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    tell({ kind: "failed", line: describe(error) });
    letGo();
    if (!isForOperator(error)) throw error;
    return 2;
  }
  const { port, stopMs } = running;
  tell({
    kind: "ready",
    ...(port === undefined ? {} : { port }),
    ...(stopMs === undefined ? {} : { stopMs }),
  });
  await told;
  await running.stop();
  letGo();
  return 0;
}

/** While the channel to the parent is open, this process would not end. What was told is sent first. */
function letGo(): void {
  if (process.connected) process.disconnect();
}

function toldToStop(): Promise<void> {
  const hasParent = process.send !== undefined;
  return new Promise((resolve) => {
    process.on("SIGTERM", () => resolve());
    process.on("SIGINT", () => {
      if (!hasParent) resolve();
    });
    if (hasParent) process.on("disconnect", () => resolve());
    // A parent that died while this process was still loading says so no second time.
    if (hasParent && !process.connected) resolve();
  });
}
