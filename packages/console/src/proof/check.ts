import { plainText } from "../parts/plain-text.ts";

/**
 * What became of one check:
 * - `holds`: asked, and so it is;
 * - `fails`: asked, and it is not so;
 * - `unasked`: it could not be asked, because something is missing or was refused before it, and
 *   nothing is proven without it;
 * - `unneeded`: nobody asked for it here (no witness was given, no head was seen before).
 */
export type Answer = "holds" | "fails" | "unasked" | "unneeded";

/** The questions, in the order in which they are asked. A witness is asked about each by itself. */
export const CHECKS = {
  key: "The log's key comes from its reader",
  event: "The event is whole",
  trace: "Its trace_id has the form of one",
  asked: "It is the event that was asked for",
  format: "The proof is a C2SP tlog-proof, and nothing besides",
  checkpoint: "The checkpoint has its exact form",
  origin: "The checkpoint is this log's",
  signature: "The log signed the checkpoint",
  cosignature: "A witness cosigned the checkpoint",
  quorum: "Enough witnesses cosigned it",
  accounted: "Every signature on the checkpoint is accounted for",
  tiles: "The hash tiles make up the tree that was signed",
  leaf: "The tree holds this event at its index",
  inclusion: "The path leads from the event to the checkpoint's root",
  stale: "The checkpoint is not older than one seen before",
  consistent: "The tree continues the one seen before",
} as const;

export type CheckName = keyof typeof CHECKS;

/** Why a check fails, for whoever reacts to it; people read the sentence. */
export type FaultCode =
  | "EVENT_REFUSED"
  | "EVENT_OTHER"
  | "PROOF_REFUSED"
  | "CHECKPOINT_REFUSED"
  | "ORIGIN_OTHER"
  | "KEY_WRONG"
  | "SIGNATURE_INVALID"
  | "COSIGNATURE_MISSING"
  | "QUORUM_MISSED"
  | "SIGNATURE_FOREIGN"
  | "TILE_MISSING"
  | "TILE_ALTERED"
  | "LEAF_OTHER"
  | "PATH_BROKEN"
  | "STALE"
  | "FORKED";

export interface Check {
  readonly check: CheckName;
  readonly title: string;
  readonly answer: Answer;
  /** One plain sentence: what was found, or why it was not asked. */
  readonly sentence: string;
  /** Only where it fails. */
  readonly code: FaultCode | null;
}

/** A check that fails: thrown by a leaf, taken down by the `Report` around it. */
export class Fails extends Error {
  override readonly name = "Fails";
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A check that could not be asked. */
export class Unasked extends Error {
  override readonly name = "Unasked";
}

/** A check that nobody needs here. */
export class Unneeded extends Error {
  override readonly name = "Unneeded";
}

/** The checks made so far, as a flat list in the order in which they were made. */
export class Report {
  readonly #checks: Check[] = [];

  get checks(): readonly Check[] {
    return this.#checks;
  }

  /**
   * Asks one question and takes down what came of it. `ask` returns the sentence of success, with
   * what later questions need; it throws Fails, Unasked or Unneeded. Any other error is a fault of
   * this program and goes on up: a verifier that breaks must not look like one that says no.
   */
  ask<T>(check: CheckName, ask: () => readonly [sentence: string, found: T]): T | undefined {
    try {
      const [sentence, found] = ask();
      this.#add(check, "holds", sentence, null);
      return found;
    } catch (error) {
      if (error instanceof Fails) this.#add(check, "fails", error.message, error.code);
      else if (error instanceof Unasked) this.#add(check, "unasked", error.message, null);
      else if (error instanceof Unneeded) this.#add(check, "unneeded", error.message, null);
      else throw error;
      return undefined;
    }
  }

  #add(check: CheckName, answer: Answer, sentence: string, code: FaultCode | null): void {
    // It may quote a note, which anybody can have written.
    const plain = plainText(sentence);
    this.#checks.push({ check, title: CHECKS[check], answer, sentence: plain, code });
  }
}

/** What an earlier check was to give. Throws Unasked if it gave nothing. */
export function needed<T>(found: T | undefined, why: string): T {
  if (found === undefined) throw new Unasked(`Not asked: ${why}.`);
  return found;
}

/**
 * All checks together: `fails` if any does, else `unasked` if something that a proof needs is
 * missing, else `holds`.
 */
export function verdictOf(checks: readonly Check[]): "holds" | "fails" | "unasked" {
  if (checks.some(({ answer }) => answer === "fails")) return "fails";
  const asked = checks.filter(({ answer }) => answer !== "unneeded");
  return asked.length > 0 && asked.every(({ answer }) => answer === "holds") ? "holds" : "unasked";
}

/**
 * Runs `ask` and turns each of these refusals into a check that fails with `code`, in the
 * refusal's own words.
 */
export function refusedAs<T>(
  refusals: readonly (abstract new (...args: never[]) => Error)[],
  code: FaultCode,
  ask: () => T,
): T {
  try {
    return ask();
  } catch (error) {
    if (!refusals.some((refusal) => error instanceof refusal)) throw error;
    throw new Fails(code, sentenceOf(error));
  }
}

/** The message of a refusal as a sentence. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
