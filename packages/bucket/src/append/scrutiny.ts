import { parseDecisionId } from "@writ/contract/decision-id";
import { decodeEvent, EventRefused } from "@writ/contract/event";
import { isPlainEvent } from "@writ/contract/event-bytes";
import type { VerifyLater } from "@writ/tlog/ed25519";
import { leafHashesInto } from "@writ/tlog/hash";
import { batchForm } from "../batch-signature.ts";
import type { RejectionCause } from "./denial.ts";
import type { AppendMessage } from "./messages.ts";

/** Who sends, as the handshake proved it. */
export interface Standing {
  readonly origin: string;
  readonly writer: string;
  readonly epoch: number;
  /** How the decision ids of this writer and epoch begin (`decisionIdPrefix`). */
  readonly idPrefix: Uint8Array;
  /** Checks an Ed25519 signature by the writer's key. */
  readonly verify: VerifyLater;
}

export type Scrutiny =
  | { readonly ok: true; readonly leafHashes: Uint8Array }
  | { readonly ok: false; readonly cause: RejectionCause; readonly detail: string };

/**
 * Judges a message whole: first its signature, then each event in order, first its schema, then
 * whose it is. The first fault is the message's fate. Writes nothing and remembers nothing.
 *
 * The signature is checked on another thread while the events are read on this one.
 */
export async function scrutinize(message: AppendMessage, standing: Standing): Promise<Scrutiny> {
  const { entries, batch, signature } = message;
  const { origin, writer, epoch, verify } = standing;
  const { text, leafHashes } = batchForm({ origin, writer, epoch, batch, count: entries.length });
  leafHashesInto(entries, leafHashes);
  const signed = verify(text, signature);
  const found = firstFault(entries, standing);
  if (!(await signed)) {
    return fault("BATCH_SIGNATURE", `batch ${batch} is not signed by the writer's key`);
  }
  return found ?? { ok: true, leafHashes };
}

function firstFault(entries: readonly Uint8Array[], standing: Standing): Scrutiny | undefined {
  for (const [index, entry] of entries.entries()) {
    const found = eventFault(entry, standing);
    if (found !== undefined) return fault(found.cause, `event ${index}: ${found.detail}`);
  }
  return undefined;
}

export interface EventFault {
  readonly cause: RejectionCause;
  readonly detail: string;
}

/** Why an event may not be this writer's record: first its schema, then whose it is. */
export function eventFault(entry: Uint8Array, standing: Standing): EventFault | undefined {
  if (isPlainEvent(entry, standing.idPrefix)) return undefined;
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
