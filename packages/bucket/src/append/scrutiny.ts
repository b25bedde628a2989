import { parseDecisionId } from "@writ/contract/decision-id";
import { decodeEvent, EventRefused } from "@writ/contract/event";
import { leafHash } from "@writ/tlog/hash";
import { batchText } from "../batch-signature.ts";
import type { RejectionCause } from "./denial.ts";
import type { AppendMessage } from "./messages.ts";

/** Who sends, as the handshake proved it. */
export interface Standing {
  readonly origin: string;
  readonly writer: string;
  readonly epoch: number;
  /** Checks an Ed25519 signature by the writer's key. */
  readonly verify: (text: Uint8Array, signature: Uint8Array) => boolean;
}

export type Scrutiny =
  | { readonly ok: true; readonly leafHashes: readonly Uint8Array[] }
  | { readonly ok: false; readonly cause: RejectionCause; readonly detail: string };

/**
 * Judges a message whole: first its signature, then each event in order, first its schema, then
 * whose it is. The first fault is the message's fate. Writes nothing and remembers nothing.
 */
export function scrutinize(message: AppendMessage, standing: Standing): Scrutiny {
  const leafHashes = message.entries.map(leafHash);
  const { origin, writer, epoch, verify } = standing;
  const text = batchText({ origin, writer, epoch, batch: message.batch, leafHashes });
  if (!verify(text, message.signature)) {
    return fault("BATCH_SIGNATURE", `batch ${message.batch} is not signed by the writer's key`);
  }
  for (const [index, entry] of message.entries.entries()) {
    const found = eventFault(entry, standing);
    if (found !== undefined) return fault(found.cause, `event ${index}: ${found.detail}`);
  }
  return { ok: true, leafHashes };
}

interface EventFault {
  readonly cause: RejectionCause;
  readonly detail: string;
}

function eventFault(entry: Uint8Array, standing: Standing): EventFault | undefined {
  try {
    const event = decodeEvent(entry);
    return identityFault(event.enforcement_decision_id, standing);
  } catch (error) {
    if (!(error instanceof EventRefused)) throw error;
    return { cause: "EVENT_SCHEMA", detail: error.message };
  }
}

/** A writer speaks for itself and for this connection alone (design §6). */
function identityFault(decisionId: string, standing: Standing): EventFault | undefined {
  const id = parseDecisionId(decisionId);
  if (id.gateway === standing.writer && id.epoch === standing.epoch) return undefined;
  const own = `${standing.writer}.${standing.epoch}`;
  return { cause: "DECISION_ID", detail: `decision id ${decisionId} does not begin with ${own}` };
}

function fault(cause: RejectionCause, detail: string): Scrutiny {
  return { ok: false, cause, detail };
}
