import type { Settings } from "./table.ts";

/** What the Bucket may take to admit a record, and then to write it: enforce's own deadlines. */
const ADMIT_MS = 5_000;
const APPEND_MS = 5_000;
/** For deciding, and for a machine that has more to do. */
const MARGIN_MS = 1_000;

/**
 * Milliseconds that an attempt can take from its beginning to its answer, each step at its own
 * deadline. A stop that waits less would cut attempts off from their answers.
 */
export function longestAttemptMs({ validators, adapters, mcp }: Settings): number {
  const asking = Math.max(0, ...[...validators.values()].map(({ timeout_ms }) => timeout_ms));
  const carriers = [...adapters.values(), ...mcp.servers.values()];
  const acting = Math.max(0, ...carriers.map(({ deadline_ms }) => deadline_ms));
  return asking + ADMIT_MS + acting + APPEND_MS + MARGIN_MS;
}
