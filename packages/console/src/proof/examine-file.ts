import type { Event } from "@writ/contract/event";
import { leafHash } from "@writ/tlog/hash";
import type { Verifier } from "@writ/tlog/note-key";
import { parseTlogProof, type TlogProof, TlogProofRefused } from "@writ/tlog/tlog-proof";
import type { AuditPath } from "./audit-path.ts";
import { type Check, Fails, Report, refusedAs, verdictOf } from "./check.ts";
import { checkAccounted, checkCheckpoint, type ReadCheckpoint } from "./checkpoint-checks.ts";
import { type Asked, checkEvent } from "./event-checks.ts";
import { checkPath } from "./inclusion-checks.ts";
import type { Trust } from "./trust.ts";

/** A proof that needs no log to be checked. */
export interface FileQuestion {
  /** The event's bytes, exactly. */
  readonly event: Uint8Array;
  readonly asked: Asked;
  /** A C2SP tlog-proof. */
  readonly proof: Uint8Array;
  readonly trust: Trust;
  /**
   * Keys that came with the proof. Nobody believes them, but with them every signature line can be
   * checked, so that no byte of the proof goes unread. Null where further signatures are nobody's
   * business.
   */
  readonly enclosed: readonly Verifier[] | null;
}

export interface FileExamined {
  readonly verdict: ReturnType<typeof verdictOf>;
  readonly checks: readonly Check[];
  readonly event: Event | undefined;
  readonly index: number | undefined;
  readonly checkpoint: ReadCheckpoint | undefined;
  readonly path: AuditPath | undefined;
}

/** Checks a proof file offline. Never throws: all that is wrong stands in the checks. */
export function examineFile(question: FileQuestion): FileExamined {
  const { trust, enclosed } = question;
  const report = new Report();
  const event = checkEvent(report, question.event, question.asked);
  const file = report.ask("format", () => checkFormat(question.proof));
  const note = file?.checkpoint ?? new Uint8Array(0);
  const checkpoint = checkCheckpoint(report, note, trust);
  if (enclosed !== null) {
    const believed = [...trust.logs, ...trust.witnesses];
    checkAccounted(report, checkpoint, [...believed, ...enclosed]);
  }
  const place = { leaf: leafHash(question.event), index: file?.index ?? 0 };
  const path = checkPath(report, place, checkpoint, file?.proof);
  const { checks } = report;
  return { verdict: verdictOf(checks), checks, event, index: file?.index, checkpoint, path };
}

function checkFormat(bytes: Uint8Array): readonly [string, TlogProof] {
  const file = refusedAs([TlogProofRefused], "PROOF_REFUSED", () => parseTlogProof(bytes));
  if (file.extra !== null) {
    throw new Fails("PROOF_REFUSED", "It carries extra data, which nothing authenticates.");
  }
  return [`It says that the event stands at ${file.index}, in ${file.proof.length} hashes.`, file];
}
